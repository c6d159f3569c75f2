import { backdated, expiresIn, lifetime } from '../claims.js'
import { confidentialClient } from '../client.js'
import { SignInError, shown } from '../errors.js'
import { known } from '../scopes.js'
import type { GrantParts, GrantType, TokenRequest } from './grant.js'

/** Client credentials by secret or certificate (page v2-oauth2-client-creds-grant-flow; v1 by api-hello-world). */
export const clientCredentials: GrantType = {
  grantType: 'client_credentials',
  async handle(request, parts) {
    const { tenant, authority, endpoint } = request
    if (tenant === undefined) {
      throw new SignInError(50059, [], `an app signs in to one tenant: put its id in the place of "${authority}"`)
    }
    const { app, proof } = await confidentialClient(request, parts)
    const audience = resourceOf(request, parts)
    const now = parts.clock.of(tenant.id).seconds()
    const notBefore = now - backdated
    const expires = notBefore + lifetime
    const access_token = await parts.tokens.issue({
      tenant,
      app,
      proof,
      audience,
      notBefore,
      expires,
      roles: app.roles,
      cloud: parts.cloud
    })
    return endpoint === 'v1'
      ? {
          token_type: 'Bearer',
          expires_in: String(expiresIn),
          ext_expires_in: String(expiresIn),
          expires_on: String(expires),
          not_before: String(notBefore),
          resource: audience,
          access_token
        }
      : { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token }
  }
}

/** The resource that the token is for: as it was asked for, it becomes `aud`. */
function resourceOf({ endpoint, form, tenant }: TokenRequest, parts: GrantParts): string {
  const resource = endpoint === 'v1' ? form.get('resource') : fromScope(form.get('scope'))
  if (resource === undefined || resource === '') {
    throw new SignInError(900144, ['resource'], 'resource is missing: the v1 endpoint wants the API it is for')
  }
  return known(resource, tenant, parts)
}

/** `<resource>/.default`, alone; all before it is the resource, so one that ends in a slash gives two. */
function fromScope(scope: string | undefined): string {
  if (scope === undefined || scope === '') {
    throw new SignInError(900144, ['scope'], 'scope is missing: the v2 endpoint wants <resource>/.default')
  }
  const scopes = scope.split(' ').filter(part => part !== '')
  const [only = ''] = scopes
  if (scopes.length > 1 || !only.endsWith('/.default')) {
    throw new SignInError(
      1002012,
      [scope],
      `scope is "${shown(scope)}"; client credentials want exactly one, <resource>/.default`
    )
  }
  const resource = only.slice(0, -'/.default'.length)
  if (resource === '') throw new SignInError(70011, [scope], 'there is no resource before /.default')
  return resource
}
