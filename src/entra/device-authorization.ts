import { unknownApp } from './client.js'
import { deviceCodeSeconds, pollingInterval } from './device-codes.js'
import { SignInError } from './errors.js'
import type { GrantParts, TokenRequest } from './grants/grant.js'
import { wantedOf } from './scopes.js'

/**
 * The beginning of the device code flow (page v2-oauth2-device-code). At v1 the numbers are strings and the address is
 * called `verification_url` (observed: ADAL reads them so). The real address is microsoft.com/devicelogin, which leads to
 * this one.
 */
export function beginDevice(request: Omit<TokenRequest, 'basic'>, parts: GrantParts): object {
  const { form, tenant, endpoint, address } = request
  const id = form.get('client_id') ?? ''
  if (id === '') throw new SignInError(900144, ['client_id'], 'client_id is missing from the form')
  const app = parts.directory.app(id, tenant)
  if (app === undefined) throw unknownApp(id, request, parts)
  const wanted = wantedOf({ endpoint, form, tenant, app }, parts)
  const { deviceCode, userCode } = parts.signIns.deviceCodes.begin({ app, tenant, wanted })
  const page = `${address}/common/oauth2/deviceauth`
  const message = `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`
  const codes = { user_code: userCode, device_code: deviceCode }
  return endpoint === 'v1'
    ? {
        ...codes,
        verification_url: page,
        expires_in: String(deviceCodeSeconds),
        interval: String(pollingInterval),
        message
      }
    : { ...codes, verification_uri: page, expires_in: deviceCodeSeconds, interval: pollingInterval, message }
}
