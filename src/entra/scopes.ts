import { type CloudName, cloudOfAudience } from '../clouds.js'
import { defaultAudience } from './audiences.js'
import { delegatedPermissions } from './delegated-permissions.js'
import type { App, Directory, Tenant } from './directory.js'
import { SignInError, shown } from './errors.js'

/** Microsoft Graph: what a token is for when only the user is asked about (observed in tokens of real clients). */
export const graphAppId = '00000003-0000-0000-c000-000000000000'

/** What a client asks for on behalf of a user. */
export interface Wanted {
  /** The API, as asked for: it becomes `aud`. Undefined where only the user is asked about. */
  resource: string | undefined
  /** `default` is all that was consented to. */
  scopes: 'default' | readonly string[]
  /** What stood before the names, for the answer repeats it: clients look their tokens up by it (MSAL). */
  prefix: string
  /** Of `openid`, `profile`, `email` and `offline_access`, those asked for. */
  about: ReadonlySet<string>
}

export interface WantedParts {
  /** The cloud whose sign-in host was asked; undefined on the emulator's own addresses, where everything is accepted. */
  cloud?: CloudName | undefined
  directory: Directory
  /** The audiences that are accepted, and how a message lists them. */
  tokens: { readonly audiences: readonly string[]; readonly knownAudiences: string }
}

const openidScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What a v2 request asks for by `scope`, a v1 request by `resource`. Refuses what does not exist. */
export function wantedOf(
  {
    endpoint,
    form,
    tenant,
    app
  }: {
    endpoint: 'v1' | 'v2'
    form: ReadonlyMap<string, string>
    tenant: Tenant | undefined
    app: App
  },
  parts: WantedParts
): Wanted {
  const scopes = (form.get('scope') ?? '').split(' ').filter(part => part !== '')
  const about = new Set(scopes.map(scope => scope.toLowerCase()).filter(scope => openidScopes.has(scope)))
  if (endpoint === 'v1') {
    const resource = form.get('resource') ?? ''
    if (resource === '') {
      throw new SignInError(900144, ['resource'], 'resource is missing: the v1 endpoint wants the API it is for')
    }
    return { resource: known(resource, tenant, parts), scopes: 'default', prefix: '', about }
  }
  if (scopes.length === 0) {
    throw new SignInError(900144, ['scope'], 'scope is missing: the v2 endpoint wants <resource>/.default or names')
  }
  const named = scopes.filter(scope => !openidScopes.has(scope.toLowerCase())).map(scope => parsed(scope, parts))
  const [first] = named
  if (first === undefined) return { resource: undefined, scopes: [], prefix: '', about }
  const plain = (resource: string) => resource.replace(/\/$/, '')
  const other = named.find(({ resource }) => plain(resource) !== plain(first.resource))
  if (other !== undefined) {
    throw new SignInError(
      700022,
      [],
      `one request, one API: here are ${shown(first.resource)} and ${shown(other.resource)}`
    )
  }
  const { prefix } = first
  const resource = known(first.resource, tenant, parts)
  if (named.some(({ name }) => name === '.default')) {
    if (named.some(({ name }) => name !== '.default')) {
      throw new SignInError(70011, [scopes.join(' ')], '.default stands alone: it cannot be combined with named scopes')
    }
    return { resource, scopes: 'default', prefix, about }
  }
  return {
    resource,
    scopes: [...new Set(named.map(({ name }) => existing(name, resource, app, parts)))],
    prefix,
    about
  }
}

/** Resource and name of one scope. A bare name is of this API (assumed: in production it is Microsoft Graph's). */
function parsed(scope: string, { tokens }: WantedParts): { resource: string; name: string; prefix: string } {
  const slash = scope.lastIndexOf('/')
  if (tokens.audiences.includes(scope) || slash === scope.length - 1) {
    throw new SignInError(70011, [scope], `${shown(scope)} names no permission: append /.default`)
  }
  if (slash === -1) return { resource: defaultAudience, name: scope, prefix: '' }
  if (slash === 0) throw new SignInError(70011, [scope], 'there is no resource before the name')
  return { resource: scope.slice(0, slash), name: scope.slice(slash + 1), prefix: scope.slice(0, slash + 1) }
}

/**
 * The resource, if it is this API, in the cloud that is asked: that the commercial sign-in hosts do not know GCC High's is
 * decided, that GCC High's knows no other is assumed.
 */
export function known(resource: string, tenant: Tenant | undefined, { directory, tokens, cloud }: WantedParts): string {
  const of = cloudOfAudience(resource)
  const elsewhere = cloud !== undefined && of !== undefined && (of === 'gcc-high') !== (cloud === 'gcc-high')
  if (tokens.audiences.includes(resource) && !elsewhere) return resource
  throw new SignInError(
    500011,
    [resource, (tenant ?? directory.defaultTenant).name],
    elsewhere
      ? `resource ${shown(resource)} is of another cloud (${of}): this sign-in host is of ${cloud}`
      : `resource ${shown(resource)} is another API (--audience adds one); known are ${tokens.knownAudiences}`
  )
}

function existing(name: string, resource: string, app: App, { directory }: WantedParts): string {
  const found = [...delegatedPermissions, ...directory.delegated].find(
    permission => permission.toLowerCase() === name.toLowerCase()
  )
  if (found !== undefined) return found
  throw new SignInError(
    650053,
    [app.name, name, resource],
    `there is no delegated permission ${shown(name)}; those that end in .Read.All are of applications`
  )
}
