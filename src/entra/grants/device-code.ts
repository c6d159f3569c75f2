import { anyClient } from '../client.js'
import { delegatedAnswer } from '../delegation.js'
import { SignInError } from '../errors.js'
import type { GrantType } from './grant.js'

/** The device's half of the device code flow (page v2-oauth2-device-code). It never says `slow_down`, as production. */
export const deviceCode: GrantType = {
  grantType: 'urn:ietf:params:oauth:grant-type:device_code',
  // ADAL at the v1 endpoint.
  alias: 'device_code',
  async handle(request, parts) {
    const { app, proof } = await anyClient(request, parts)
    const { form } = request
    const name = form.has('code') && !form.has('device_code') ? 'code' : 'device_code'
    const given = form.get(name) ?? ''
    if (given === '') throw new SignInError(900144, ['device_code'], 'device_code is missing from the form')
    const found = parts.signIns.deviceCodes.find(given)
    if (found === undefined) throw new SignInError(70018, [], 'this device code was not issued here')
    const { value: code, expired } = found
    if (code.app.clientId !== app.clientId) throw new SignInError(70018, [], 'this device code is of another app')
    if (request.tenant !== undefined && code.tenant !== undefined && request.tenant.id !== code.tenant.id) {
      throw new SignInError(70018, [], `this device code is of tenant ${code.tenant.id}`)
    }
    // Whoever redeemed it in time has used it, however late it is now.
    if (code.state === 'redeemed') throw new SignInError(54005, [], 'a device code is good once')
    if (expired) throw new SignInError(70020, [], 'a device code holds for 15 minutes')
    if (code.state === 'declined') {
      throw new SignInError(
        65004,
        [],
        'the user declined on the page or through the control plane',
        'authorization_declined'
      )
    }
    const { user, wanted } = code
    if (user === undefined) {
      throw new SignInError(
        70016,
        [],
        `waiting for the user: /common/oauth2/deviceauth, or POST /_emulator/device-codes/${code.userCode}/approve`
      )
    }
    const tenant = code.tenant ?? parts.directory.home(user)
    parts.signIns.consents.granted(wanted, user, app, tenant)
    code.state = 'redeemed'
    return delegatedAnswer(request, parts, { tenant, app, user, wanted }, { proof })
  }
}
