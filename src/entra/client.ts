import type { Clock } from '../clock.js'
import { assertedClient, assertionType, checkAssertion } from './assertion.js'
import type { Proof } from './claims.js'
import { type App, type Directory, hasSecret } from './directory.js'
import { SignInError, shown } from './errors.js'
import type { TokenRequest } from './grants/grant.js'

/** The application that asks, and how it proved who it is. */
export interface Client {
  app: App
  proof: Proof
}

export interface ClientParts {
  directory: Directory
  clock: Clock
}

/** For an application's own token: it must prove who it is. */
export async function confidentialClient(request: TokenRequest, parts: ClientParts): Promise<Client> {
  const client = await clientOf(request, parts)
  if (client.proof !== 'none') return client
  throw new SignInError(
    7000216,
    ['client_credentials'],
    'client_secret is missing, in the form and as HTTP Basic password; a client_assertion would do as well'
  )
}

/** For a user's token: public clients have nothing to prove with. */
export async function anyClient(request: TokenRequest, parts: ClientParts): Promise<Client> {
  const client = await clientOf(request, parts)
  const { app, proof } = client
  if (proof === 'none' && !app.publicClient) {
    throw new SignInError(
      7000218,
      [],
      `app ${app.clientId} has to prove who it is, by client_secret or client_assertion ("publicClient": true in a fixture file allows it not to)`
    )
  }
  return client
}

async function clientOf(request: TokenRequest, parts: ClientParts): Promise<Client> {
  const { form, basic, tenant } = request
  const assertion = assertionOf(form)
  const inForm = {
    id: form.get('client_id') || (assertion === undefined ? '' : assertedClient(assertion)),
    secret: form.get('client_secret') ?? ''
  }
  const candidates = basic.length > 0 ? basic : [inForm]
  const { id } = candidates[0]!
  if (id === '')
    throw new SignInError(900144, ['client_id'], 'client_id is missing, in the form and as HTTP Basic user')
  const app = candidates.map(candidate => parts.directory.app(candidate.id, tenant)).find(known => known !== undefined)
  if (app === undefined) throw unknownApp(id, request, parts)
  if (assertion !== undefined) {
    refuseIfPublic(app)
    await checkAssertion(assertion, app, request, parts)
    return { app, proof: 'certificate' }
  }
  const secrets = candidates.map(({ secret }) => secret).filter(secret => secret !== '')
  if (secrets.length === 0) return { app, proof: 'none' }
  if (secrets.some(secret => hasSecret(app, secret))) return { app, proof: 'secret' }
  if (form.get('grant_type') !== 'client_credentials') refuseIfPublic(app)
  const other = secrets.map(secret => parts.directory.appWithSecret(secret, tenant)).find(known => known !== undefined)
  throw new SignInError(7000215, [app.clientId], mixUp(secrets[0]!, app, other))
}

/** An app that is not in the directory, or not in this tenant. */
export function unknownApp(
  id: string,
  { tenant, authority }: Pick<TokenRequest, 'tenant' | 'authority'>,
  { directory }: Pick<ClientParts, 'directory'>
): SignInError {
  const place = tenant === undefined ? `any tenant (${authority})` : `tenant ${tenant.id}`
  return new SignInError(
    700016,
    [id, (tenant ?? directory.defaultTenant).name],
    `app ${shown(id)} is not in the directory of ${place}`
  )
}

function assertionOf(form: ReadonlyMap<string, string>): string | undefined {
  const assertion = form.get('client_assertion') ?? ''
  const type = form.get('client_assertion_type') ?? ''
  if (assertion === '' && type === '') return undefined
  for (const [name, value] of Object.entries({ client_assertion: assertion, client_assertion_type: type })) {
    if (value === '') throw new SignInError(900144, [name], `${name} is missing beside its twin`)
  }
  if (type !== assertionType) {
    throw new SignInError(90100, ['client_assertion_type'], `client_assertion_type must be ${assertionType}`)
  }
  return assertion
}

function refuseIfPublic(app: App): void {
  if (app.publicClient && app.secrets.length === 0 && app.keys.length === 0) {
    throw new SignInError(700025, [], `app ${app.clientId} is a public client: it has no secret and no certificate`)
  }
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
