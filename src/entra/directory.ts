import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { packageFile } from '../package.js'
import { type ClientKey, ClientKeyError, clientKey } from './client-keys.js'
import { derivedGuid } from './ids.js'

export interface Tenant {
  id: string
  /** May stand in place of the id in sign-in paths. */
  domain: string
  name: string
}

export interface App {
  clientId: string
  name: string
  secrets: readonly string[]
  /** What it may sign assertions with. */
  keys: readonly ClientKey[]
  /** Application permissions that were granted. */
  roles: readonly string[]
  /** Where codes may be sent; loopback addresses and those of native clients when undefined. */
  redirectUris: readonly string[] | undefined
  /** Whether users may sign in to it without a secret ("Allow public client flows"). */
  publicClient: boolean
  /** The only tenant that knows it; every tenant when undefined. */
  tenant: string | undefined
}

export interface User {
  /** User principal name. */
  name: string
  password: string | undefined
  /** Delegated permissions that were consented to. */
  scopes: readonly string[]
  objectId: string
  tenant: string | undefined
}

/** The part of a fixture file that speaks of who there is. Shapes: `fixtures/overlay.schema.json`. */
export interface DirectoryOverlay {
  tenants?: { id: string; domain?: string; name?: string }[]
  apps?: {
    clientId: string
    name?: string
    secrets?: string[]
    certificates?: (string | object)[]
    roles?: string[]
    redirectUris?: string[]
    publicClient?: boolean
    tenant?: string
  }[]
  users?: { name: string; password?: string; scopes?: string[]; objectId?: string; tenant?: string }[]
}

/** A directory that cannot be: the message says why, `place` where. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
  readonly place: string

  constructor(place: string, problem: string) {
    super(problem)
    this.place = place
  }
}

/** The directory that comes with the emulator. */
export function loadDirectory(): DirectoryOverlay {
  return JSON.parse(readFileSync(packageFile('fixtures/directory.json'), 'utf8'))
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Tenants, applications and users. Ids are compared without regard to case. A tenant that nobody described exists too,
 * unless told otherwise: a test needs only a random id to be alone.
 */
export class Directory {
  readonly #tenants = new Map<string, Tenant>()
  readonly #apps = new Map<string, App>()
  readonly #users = new Map<string, User>()

  readonly #strict: boolean

  /** Later layers replace entries of earlier ones that have the same id. `strict`: no other tenants than those. */
  constructor({ strict = false }: { strict?: boolean }, ...layers: DirectoryOverlay[]) {
    this.#strict = strict
    for (const { tenants = [], apps = [], users = [] } of layers) {
      for (const { id, domain, name } of tenants) {
        const key = id.toLowerCase()
        const own = domain ?? `${key.slice(0, 8)}.onmicrosoft.com`
        this.#tenants.set(key, { id: key, domain: own.toLowerCase(), name: name ?? own })
      }
      for (const [index, app] of apps.entries()) {
        const { clientId, name, secrets = [], certificates = [], roles = [], redirectUris, tenant } = app
        const key = clientId.toLowerCase()
        const keys = certificates.map((entry, at) => registered(entry, `/apps/${index}/certificates/${at}`))
        this.#apps.set(key, {
          clientId: key,
          name: name ?? key,
          secrets,
          keys,
          roles,
          redirectUris,
          publicClient: app.publicClient ?? (secrets.length === 0 && keys.length === 0),
          tenant: tenant?.toLowerCase()
        })
      }
      for (const { name, password, scopes = [], objectId, tenant } of users) {
        const key = name.toLowerCase()
        const id = objectId?.toLowerCase() ?? derivedGuid('user', key)
        this.#users.set(key, { name, password, scopes, objectId: id, tenant: tenant?.toLowerCase() })
      }
    }
  }

  /** Those that somebody described. */
  get tenants(): readonly Tenant[] {
    return [...this.#tenants.values()]
  }

  /** The well-known tenant: the first of the first layer. */
  get defaultTenant(): Tenant {
    return this.#tenants.values().next().value!
  }

  /** The well-known app with every read permission: the first of the first layer. */
  get defaultApp(): App {
    return this.#apps.values().next().value!
  }

  get defaultUser(): User {
    return this.#users.values().next().value!
  }

  /** By id or domain; by any id at all, unless strict. */
  tenant(idOrDomain: string): Tenant | undefined {
    const key = idOrDomain.toLowerCase()
    const known = this.#tenants.get(key) ?? this.tenants.find(({ domain }) => domain === key)
    if (known !== undefined || this.#strict || !guid.test(key)) return known
    const domain = `${key.replaceAll('-', '').slice(0, 12)}.onmicrosoft.com`
    return { id: key, domain, name: domain }
  }

  /** In a tenant, or in whichever knows it. */
  app(clientId: string, tenant: Tenant | undefined): App | undefined {
    return within(this.#apps.get(clientId.toLowerCase()), tenant)
  }

  get apps(): readonly App[] {
    return [...this.#apps.values()]
  }

  user(name: string, tenant: Tenant | undefined): User | undefined {
    return within(this.#users.get(name.toLowerCase()), tenant)
  }

  users(tenant: Tenant | undefined): readonly User[] {
    return [...this.#users.values()].filter(user => within(user, tenant) !== undefined)
  }

  /** The tenant that a user signs in to where the address does not say. */
  home(user: User): Tenant {
    return (user.tenant === undefined ? undefined : this.tenant(user.tenant)) ?? this.defaultTenant
  }

  /** Names of delegated permissions that somebody here has. */
  get delegated(): ReadonlySet<string> {
    return new Set([...this.#users.values()].flatMap(({ scopes }) => scopes))
  }

  /** Whether the secret is one of some other app of the tenant: a mix-up that deserves a word. */
  appWithSecret(secret: string, tenant: Tenant | undefined): App | undefined {
    return [...this.#apps.values()].find(app => within(app, tenant) !== undefined && hasSecret(app, secret))
  }
}

/** Object id of the app's service principal in a tenant. */
export function servicePrincipal(app: App, tenant: Tenant): string {
  return derivedGuid('service principal', tenant.id, app.clientId)
}

/** Compared in constant time, as digests: length tells nothing either. */
export function hasPassword({ password }: User, given: string): boolean {
  return password !== undefined && timingSafeEqual(digest(password), digest(given))
}

/** The same of an app, which may have several. */
export function hasSecret({ secrets }: App, secret: string): boolean {
  const given = digest(secret)
  return secrets.map(known => timingSafeEqual(digest(known), given)).includes(true)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function within<T extends { tenant: string | undefined }>(
  entry: T | undefined,
  tenant: Tenant | undefined
): T | undefined {
  return entry?.tenant === undefined || tenant === undefined || entry.tenant === tenant.id ? entry : undefined
}

function registered(entry: string | object, place: string): ClientKey {
  try {
    return clientKey(entry)
  } catch (error) {
    if (error instanceof ClientKeyError) throw new DirectoryError(place, error.message)
    throw error
  }
}
