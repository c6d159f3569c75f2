import { backdated, displayName, issuerOf, lifetime, pairwise, rh } from './claims.js'
import type { App, Tenant, User } from './directory.js'
import type { Ids } from './ids.js'

export interface IdTokenRequest {
  endpoint: 'v1' | 'v2'
  /** The address that the client used: the issuer of v2 is built from it, as in the metadata. */
  address: string
  tenant: Tenant
  app: App
  user: User
  nonce: string | undefined
  /** Of `openid`, `profile`, `email`. */
  about: ReadonlySet<string>
}

/**
 * The claims of an id token (page id-token-claims-reference): version 2.0 from the v2 endpoint, whatever version the API's
 * tokens have, and 1.0 from v1. They begin five minutes early, as access tokens do (assumed).
 */
export function idTokenClaims(request: IdTokenRequest, now: number, ids: Ids): Record<string, unknown> {
  const { endpoint, address, tenant, app, user, nonce, about } = request
  const common = {
    aud: app.clientId,
    iss: endpoint === 'v2' ? `${address}/${tenant.id}/v2.0` : issuerOf(tenant),
    iat: now - backdated,
    nbf: now - backdated,
    exp: now - backdated + lifetime
  }
  const who = { oid: user.objectId, rh: rh(tenant), sub: pairwise(tenant, app, user), tid: tenant.id }
  const email = about.has('email') && { email: user.name }
  if (endpoint === 'v1') {
    return {
      ...common,
      amr: ['pwd'],
      ...email,
      ipaddr: '127.0.0.1',
      name: displayName(user),
      ...(nonce !== undefined && { nonce }),
      ...who,
      unique_name: user.name,
      upn: user.name,
      uti: ids.base64url(16),
      ver: '1.0'
    }
  }
  return {
    ...common,
    aio: ids.base64url(30),
    ...email,
    ...(about.has('profile') && { name: displayName(user) }),
    ...(nonce !== undefined && { nonce }),
    ...(about.has('profile') && { preferred_username: user.name }),
    ...who,
    uti: ids.base64url(16),
    ver: '2.0'
  }
}

/** What MSAL knows an account by: user and tenant, when it asks with `client_info=1`. */
export function clientInfo(user: User, tenant: Tenant): string {
  return Buffer.from(JSON.stringify({ uid: user.objectId, utid: tenant.id })).toString('base64url')
}

/** The answer of the userinfo endpoint: the subject is that of the id token. */
export function userInfo(claims: Readonly<Record<string, unknown>>): object {
  const { sub, name, upn } = claims
  return { sub, name, preferred_username: upn, email: upn }
}
