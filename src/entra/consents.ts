import type { App, Tenant, User } from './directory.js'
import { SignInError } from './errors.js'
import type { Wanted } from './scopes.js'

/** What users have consented to: what the directory says, and what they did on the page since. */
export class Consents {
  readonly #given = new Map<string, Set<string>>()

  /** The permissions that an app has from a user. */
  of(user: User, app: App, tenant: Tenant): readonly string[] {
    return [...new Set([...user.scopes, ...(this.#given.get(keyOf(user, app, tenant)) ?? [])])]
  }

  give(user: User, app: App, tenant: Tenant, scopes: readonly string[]): void {
    const key = keyOf(user, app, tenant)
    this.#given.set(key, new Set([...(this.#given.get(key) ?? []), ...scopes]))
  }

  /**
   * The permissions of a token: those asked for and no others (assumed: production may add what was consented to
   * before), or all of them for `.default` (documented).
   */
  granted({ resource, scopes, about }: Wanted, user: User, app: App, tenant: Tenant): readonly string[] {
    if (resource === undefined) return [...about].filter(scope => scope !== 'offline_access')
    const consented = this.of(user, app, tenant)
    if (scopes === 'default' && consented.length > 0) return consented
    const lacking = scopes === 'default' ? ['any permission'] : scopes.filter(scope => !consented.includes(scope))
    if (scopes !== 'default' && lacking.length === 0) return scopes
    throw new SignInError(
      65001,
      [app.clientId, app.name],
      `${user.name} has not consented to ${lacking.join(', ')}: consent on the sign-in page, or in "scopes" of the user in a fixture file`
    )
  }

  reset(): void {
    this.#given.clear()
  }
}

function keyOf(user: User, app: App, tenant: Tenant): string {
  return `${tenant.id} ${app.clientId} ${user.objectId}`
}
