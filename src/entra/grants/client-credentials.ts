import { backdated, expiresIn, lifetime } from '../claims.js'
import { type App, hasSecret } from '../directory.js'
import { SignInError, shown } from '../errors.js'
import type { GrantParts, GrantType, TokenRequest } from './grant.js'

/** Client credentials with a secret (page v2-oauth2-client-creds-grant-flow; v1 by api-hello-world). */
export const clientCredentials: GrantType = {
  grantType: 'client_credentials',
  async handle(request, parts) {
    const app = authenticated(request, parts)
    const audience = resourceOf(request, parts)
    const now = parts.clock.seconds()
    const notBefore = now - backdated
    const expires = notBefore + lifetime
    const { tenant, endpoint } = request
    const access_token = await parts.tokens.issue({ tenant, app, audience, notBefore, expires, roles: app.roles })
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

function authenticated({ tenant, form, basic }: TokenRequest, { directory }: GrantParts): App {
  const inForm = { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const candidates = basic.length > 0 ? basic : [inForm]
  const { id } = candidates[0]!
  if (id === '')
    throw new SignInError(900144, ['client_id'], 'client_id is missing, in the form and as HTTP Basic user')
  const app = candidates.map(candidate => directory.app(candidate.id, tenant)).find(known => known !== undefined)
  if (app === undefined) {
    throw new SignInError(700016, [id, tenant.name], `app ${shown(id)} is not in the directory of tenant ${tenant.id}`)
  }
  const secrets = candidates.map(({ secret }) => secret).filter(secret => secret !== '')
  if (secrets.length === 0) {
    throw new SignInError(
      7000216,
      ['client_credentials'],
      form.has('client_assertion')
        ? 'client assertions are not served yet: send client_secret'
        : 'client_secret is missing, in the form and as HTTP Basic password'
    )
  }
  if (!secrets.some(secret => hasSecret(app, secret))) {
    const other = secrets.map(secret => directory.appWithSecret(secret, tenant)).find(known => known !== undefined)
    throw new SignInError(7000215, [app.clientId], mixUp(secrets[0]!, app, other))
  }
  return app
}

/** What is probably wrong with a secret, without saying anything of it. */
function mixUp(secret: string, app: App, other: App | undefined): string {
  if (other !== undefined) return `this is a secret of app ${other.clientId}, not of ${app.clientId}`
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(secret)) {
    return 'the secret looks like the id of a secret (a GUID); the value is wanted'
  }
  if (app.secrets.length === 0) return `app ${app.clientId} has no secret`
  if (secret.trim() !== secret) return 'the secret begins or ends with a blank'
  if (/ /.test(secret)) return 'there is a blank in the secret: was a + sent without being encoded as %2B?'
  if (/%[0-9a-f]{2}/i.test(secret)) return 'the secret seems to be percent-encoded twice'
  return `app ${app.clientId} has another secret`
}

/** The resource that the token is for: as it was asked for, it becomes `aud`. */
function resourceOf({ endpoint, form, tenant }: TokenRequest, { tokens }: GrantParts): string {
  const resource = endpoint === 'v1' ? form.get('resource') : fromScope(form.get('scope'))
  if (resource === undefined || resource === '') {
    throw new SignInError(900144, ['resource'], 'resource is missing: the v1 endpoint wants the API it is for')
  }
  if (!tokens.audiences.includes(resource)) {
    throw new SignInError(
      500011,
      [resource, tenant.name],
      `resource ${shown(resource)} is another API (--audience adds one); known are ${tokens.knownAudiences}`
    )
  }
  return resource
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
