import { type Quirk, type QuirkName, quirkNames, quirks } from '../defender/quirks.js'
import type { Quirks } from '../defender/tenant-quirks.js'
import { suggestion } from '../edit-distance.js'
import { Malformed } from '../world/errors.js'
import type { Kept, Tenants } from './kept.js'

export interface QuirkInfo extends Quirk {
  name: QuirkName
  on: boolean
}

/** Behaviours of the real service that clients must survive. */
export class QuirkControl implements Kept {
  readonly name = 'quirks'
  readonly #quirks: Quirks
  readonly #tenants: Tenants

  constructor(quirks: Quirks, tenants: Tenants) {
    this.#quirks = quirks
    this.#tenants = tenants
  }

  /** All there are, with their sources, and whether each is on. */
  list(tenant = this.#tenants.defaultTenant): QuirkInfo[] {
    const set = this.#quirks.of(tenant)
    return quirkNames.map(name => ({ name, on: set.has(name), ...quirks[name] }))
  }

  /** The names of those that are on. */
  on(tenant = this.#tenants.defaultTenant): QuirkName[] {
    return this.#quirks.names(tenant)
  }

  /** Switches some on and some off. What is not named stays as it is. */
  switch(
    { on = [], off = [] }: { on?: readonly QuirkName[]; off?: readonly QuirkName[] },
    tenant = this.#tenants.defaultTenant
  ): void {
    for (const name of [...on, ...off]) {
      if (quirkNames.includes(name)) continue
      throw new Malformed(`there is no quirk "${name}", only ${quirkNames.join(', ')}${suggestion(name, quirkNames)}`)
    }
    const both = on.find(name => off.includes(name))
    if (both !== undefined) throw new Malformed(`${both} cannot be switched on and off at once`)
    this.#tenants.of(tenant)
    this.#quirks.set(tenant, [...this.on(tenant).filter(name => !off.includes(name)), ...on])
  }

  state(tenant: string): QuirkName[] | undefined {
    return this.#quirks.own(tenant)
  }

  async flawOf(state: unknown): Promise<string | undefined> {
    const known = Array.isArray(state) && state.every(name => quirkNames.includes(name))
    return known ? undefined : `its quirks: a list of ${quirkNames.join(', ')} was expected`
  }

  restore(tenant: string, state: unknown): void {
    this.#quirks.reset(tenant)
    if (state !== undefined) this.#quirks.set(tenant, state as QuirkName[])
  }
}
