import { createHash } from 'node:crypto'
import { anyClient } from '../client.js'
import { delegatedAnswer } from '../delegation.js'
import { SignInError, shown } from '../errors.js'
import { known, type Wanted } from '../scopes.js'
import type { IssuedCode } from '../sign-ins.js'
import type { GrantParts, GrantType, TokenRequest } from './grant.js'

/** What our codes look like; anything else is malformed. */
const shape = /^1\.[\w-]{43}\.[\w-]{43}$/

/** Authorization code, with PKCE or without (page v2-oauth2-auth-code-flow; v1 by v1-protocols-oauth-code). */
export const authorizationCode: GrantType = {
  grantType: 'authorization_code',
  async handle(request, parts) {
    const { app, proof } = await anyClient(request, parts)
    const given = request.form.get('code') ?? ''
    if (given === '') throw new SignInError(900144, ['code'], 'code is missing from the form')
    if (!shape.test(given))
      throw new SignInError(9002313, [], 'code is none that was issued here: it was cut or changed')
    const found = parts.signIns.codes.find(given)
    if (found === undefined) {
      throw new SignInError(70000, [], 'this code was not issued here: not since the start or the last reset')
    }
    const { value: code, expired } = found
    if (code.app.clientId !== app.clientId) throw new SignInError(70000, [], 'this code was issued to another app')
    if (request.tenant !== undefined && request.tenant.id !== code.tenant.id) {
      throw new SignInError(700005, [], `this code is of tenant ${code.tenant.id}`)
    }
    // Whoever redeemed it in time has used it, however late it is now.
    if (code.redeemed) throw new SignInError(54005, [], 'a code is good once')
    if (expired) throw new SignInError(70008, [], 'a code holds for ten minutes')
    checkRedirect(request, code)
    checkVerifier(request, code)
    const wanted = wantedFor(request, code, parts)
    // A redemption that fails before this line may be repeated (observed: a wrong verifier does not spend the code).
    parts.signIns.consents.granted(wanted, code.user, app, code.tenant)
    code.redeemed = true
    const { tenant, user, nonce } = code
    return delegatedAnswer(request, parts, { tenant, app, user, wanted }, { proof, nonce })
  }
}

function checkRedirect({ form }: TokenRequest, { redirectUri }: IssuedCode): void {
  const given = form.get('redirect_uri') ?? ''
  if (given === '') throw new SignInError(900144, ['redirect_uri'], 'redirect_uri is missing from the form')
  if (given === redirectUri) return
  throw new SignInError(
    500112,
    [given, redirectUri],
    `redirect_uri is ${shown(given)}; the code was asked for with ${shown(redirectUri)}`
  )
}

function checkVerifier({ form }: TokenRequest, { challenge }: IssuedCode): void {
  const verifier = form.get('code_verifier')
  if (challenge === undefined) {
    if (verifier === undefined) return
    throw new SignInError(501481, [], 'there is a code_verifier, but the code was asked for without a code_challenge')
  }
  if (verifier === undefined) throw new SignInError(501481, [], 'code_verifier is missing: there was a code_challenge')
  const { method, value } = challenge
  const made = method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  if (made !== value) throw new SignInError(501481, [], `code_verifier does not give the code_challenge (${method})`)
}

/** At v1 the API may be named when the code is redeemed. */
function wantedFor({ endpoint, form, tenant }: TokenRequest, { wanted }: IssuedCode, parts: GrantParts): Wanted {
  const resource = endpoint === 'v1' ? (form.get('resource') ?? '') : ''
  return resource === '' ? wanted : { ...wanted, resource: known(resource, tenant, parts), scopes: 'default' }
}
