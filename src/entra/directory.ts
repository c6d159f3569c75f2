import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { packageFile } from '../package.js'
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
  /** PEM; kept for the day certificates can sign in. */
  certificates: readonly string[]
  /** Application permissions that were granted. */
  roles: readonly string[]
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
    certificates?: string[]
    roles?: string[]
    tenant?: string
  }[]
  users?: { name: string; password?: string; scopes?: string[]; objectId?: string; tenant?: string }[]
}

/** The directory that comes with the emulator. */
export function loadDirectory(): DirectoryOverlay {
  return JSON.parse(readFileSync(packageFile('fixtures/directory.json'), 'utf8'))
}

/** Tenants, applications and users. Ids are compared without regard to case. */
export class Directory {
  readonly #tenants = new Map<string, Tenant>()
  readonly #apps = new Map<string, App>()
  readonly #users = new Map<string, User>()

  /** Later layers replace entries of earlier ones that have the same id. */
  constructor(...layers: DirectoryOverlay[]) {
    for (const { tenants = [], apps = [], users = [] } of layers) {
      for (const { id, domain, name } of tenants) {
        const key = id.toLowerCase()
        const own = domain ?? `${key.slice(0, 8)}.onmicrosoft.com`
        this.#tenants.set(key, { id: key, domain: own.toLowerCase(), name: name ?? own })
      }
      for (const { clientId, name, secrets = [], certificates = [], roles = [], tenant } of apps) {
        const key = clientId.toLowerCase()
        const app = { clientId: key, name: name ?? key, secrets, certificates, roles, tenant: tenant?.toLowerCase() }
        this.#apps.set(key, app)
      }
      for (const { name, password, scopes = [], objectId, tenant } of users) {
        const key = name.toLowerCase()
        const id = objectId?.toLowerCase() ?? derivedGuid('user', key)
        this.#users.set(key, { name, password, scopes, objectId: id, tenant: tenant?.toLowerCase() })
      }
    }
  }

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

  /** By id or domain. */
  tenant(idOrDomain: string): Tenant | undefined {
    const key = idOrDomain.toLowerCase()
    return this.#tenants.get(key) ?? this.tenants.find(({ domain }) => domain === key)
  }

  app(clientId: string, tenant: Tenant): App | undefined {
    return within(this.#apps.get(clientId.toLowerCase()), tenant)
  }

  user(name: string, tenant: Tenant): User | undefined {
    return within(this.#users.get(name.toLowerCase()), tenant)
  }

  /** Whether the secret is one of some other app of the tenant: a mix-up that deserves a word. */
  appWithSecret(secret: string, tenant: Tenant): App | undefined {
    return [...this.#apps.values()].find(app => within(app, tenant) !== undefined && hasSecret(app, secret))
  }
}

/** Object id of the app's service principal in a tenant. */
export function servicePrincipal(app: App, tenant: Tenant): string {
  return derivedGuid('service principal', tenant.id, app.clientId)
}

/** Compared in constant time, as digests: length tells nothing either. */
export function hasSecret({ secrets }: App, secret: string): boolean {
  const given = digest(secret)
  return secrets.map(known => timingSafeEqual(digest(known), given)).includes(true)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function within<T extends { tenant: string | undefined }>(entry: T | undefined, tenant: Tenant): T | undefined {
  return entry?.tenant === undefined || entry.tenant === tenant.id ? entry : undefined
}
