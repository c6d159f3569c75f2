import { anyClient } from '../client.js'
import { delegatedAnswer } from '../delegation.js'
import { hasPassword } from '../directory.js'
import { SignInError, shown } from '../errors.js'
import { wantedOf } from '../scopes.js'
import type { GrantType } from './grant.js'

/** Resource owner's password (page v2-oauth-ropc; v1 by exposed-apis-create-app-nativeapp). */
export const password: GrantType = {
  grantType: 'password',
  async handle(request, parts) {
    const { form, endpoint, authority } = request
    if (endpoint === 'v2' && /^common$/i.test(authority)) {
      throw new SignInError(9001023, [], 'passwords are taken at /organizations or at a tenant, not at /common')
    }
    const { app, proof } = await anyClient(request, parts)
    for (const name of ['username', 'password']) {
      if ((form.get(name) ?? '') === '') throw new SignInError(900144, [name], `${name} is missing from the form`)
    }
    const name = form.get('username')!
    const user = parts.directory.user(name, request.tenant)
    const tenant = request.tenant ?? (user && parts.directory.home(user)) ?? parts.directory.defaultTenant
    if (user === undefined) {
      const known = parts.directory.users(request.tenant).map(one => one.name)
      throw new SignInError(
        50034,
        [name, tenant.id],
        `user ${shown(name)} is not in the directory of tenant ${tenant.id}, only ${known.join(', ')}`
      )
    }
    if (!hasPassword(user, form.get('password')!)) {
      const why = user.password === undefined ? 'has no password' : 'has another password'
      throw new SignInError(50126, [], `user ${user.name} ${why}`)
    }
    const wanted = wantedOf({ ...request, app }, parts)
    return delegatedAnswer(request, parts, { tenant, app, user, wanted }, { proof })
  }
}
