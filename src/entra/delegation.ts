import { backdated, expiresIn, lifetime, type Proof } from './claims.js'
import type { GrantParts, TokenRequest } from './grants/grant.js'
import { clientInfo, idTokenClaims } from './id-token.js'
import { graphAppId } from './scopes.js'
import type { Delegation } from './sign-ins.js'

/**
 * The answer to a user's sign-in, however it was made: access token, `refresh_token` for `offline_access`, `id_token` for
 * `openid` (documented, v2-oauth2-auth-code-flow). The v1 endpoint has no such scopes and always sends both (assumed).
 */
export async function delegatedAnswer(
  request: TokenRequest,
  parts: GrantParts,
  delegation: Delegation,
  { proof, nonce }: { proof: Proof; nonce?: string | undefined }
): Promise<object> {
  const { endpoint, address, form } = request
  const { tenant, app, user, wanted } = delegation
  const { clock, ids, signIns, tokens } = parts
  const scopes = signIns.consents.granted(wanted, user, app, tenant)
  const now = clock.of(tenant.id).seconds()
  const notBefore = now - backdated
  const expires = notBefore + lifetime
  const audience = wanted.resource ?? graphAppId
  const grant = {
    tenant,
    app,
    proof,
    audience,
    notBefore,
    expires,
    roles: [],
    user: { of: user, scopes },
    cloud: parts.cloud
  }
  const access_token = await tokens.issue(grant)
  const identified = endpoint === 'v1' || wanted.about.has('openid')
  const rest = {
    access_token,
    ...((endpoint === 'v1' || wanted.about.has('offline_access')) && {
      refresh_token: signIns.refreshTokens.issue(delegation)
    }),
    ...(identified && {
      id_token: await tokens.identify(
        idTokenClaims({ endpoint, address, tenant, app, user, nonce, about: wanted.about }, now, ids)
      )
    }),
    ...(form.get('client_info') === '1' && { client_info: clientInfo(user, tenant) })
  }
  if (endpoint === 'v1') {
    return {
      token_type: 'Bearer',
      scope: scopes.join(' '),
      expires_in: String(expiresIn),
      ext_expires_in: String(expiresIn),
      expires_on: String(expires),
      not_before: String(notBefore),
      resource: audience,
      ...rest
    }
  }
  const named = scopes.map(scope => `${wanted.prefix}${scope}`)
  if (wanted.scopes === 'default') named.push(`${wanted.prefix}.default`)
  return { token_type: 'Bearer', scope: named.join(' '), expires_in: expiresIn, ext_expires_in: expiresIn, ...rest }
}
