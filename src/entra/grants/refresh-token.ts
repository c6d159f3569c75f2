import { anyClient } from '../client.js'
import { delegatedAnswer } from '../delegation.js'
import { SignInError } from '../errors.js'
import { type Wanted, wantedOf } from '../scopes.js'
import type { Delegation } from '../sign-ins.js'
import type { GrantParts, GrantType, TokenRequest } from './grant.js'

/**
 * Refresh tokens (page refresh-tokens): each use returns a new one, and using one does not revoke it. Good for its client,
 * user and tenant only, but for every API the user consented to.
 */
export const refreshToken: GrantType = {
  grantType: 'refresh_token',
  async handle(request, parts) {
    const { app, proof } = await anyClient(request, parts)
    const given = request.form.get('refresh_token') ?? ''
    if (given === '') throw new SignInError(900144, ['refresh_token'], 'refresh_token is missing from the form')
    const found = parts.signIns.refreshTokens.find(given)
    if (found === undefined) {
      throw new SignInError(70000, [], 'this refresh token was not issued here: not since the start or the last reset')
    }
    const { value: delegation, expired } = found
    if (delegation.app.clientId !== app.clientId) {
      throw new SignInError(70000, [], 'this refresh token was issued to another app')
    }
    if (request.tenant !== undefined && request.tenant.id !== delegation.tenant.id) {
      throw new SignInError(70000, [], `this refresh token is of tenant ${delegation.tenant.id}`)
    }
    if (expired) throw new SignInError(70008, [], 'this refresh token is older than 90 days')
    const wanted = again(request, delegation, parts)
    return delegatedAnswer(request, parts, { ...delegation, wanted }, { proof })
  }
}

/** What was asked for first, unless something else is. It stays refreshable: nobody asks for `offline_access` again. */
function again(request: TokenRequest, { app, tenant, wanted }: Delegation, parts: GrantParts): Wanted {
  const { endpoint, form } = request
  if ((form.get(endpoint === 'v1' ? 'resource' : 'scope') ?? '') === '') return wanted
  const asked = wantedOf({ endpoint, form, tenant, app }, parts)
  const about = new Set([...asked.about, ...wanted.about, 'offline_access'])
  return { ...asked, about }
}
