import type { Directory } from './entra/directory.js'
import type { FixtureFile } from './fixture-file.js'
import { loadCatalog, loadScenario } from './world/catalog.js'
import { NotFound } from './world/errors.js'
import { Facts } from './world/facts.js'
import { overlayFacts, pinDevices } from './world/overlay.js'
import type { Scenario } from './world/scenario.js'
import { World } from './world/world.js'

export interface WorldsSettings {
  directory: Directory
  seed: number
  machines: number
  scenario: string
  /** ISO 8601 instant of `--time`, which may put world time before the epoch. */
  time: string | undefined
  fixtures: FixtureFile
}

/** One world per tenant, made on first use; the facts of the catalog are shared. */
export class Worlds {
  readonly defaultTenant: string
  readonly #settings: WorldsSettings
  readonly #worlds = new Map<string, World>()
  readonly #facts: Facts
  readonly #scenario: Scenario
  readonly #day: string

  constructor(settings: WorldsSettings) {
    this.#settings = settings
    this.#facts = new Facts(overlayFacts(loadCatalog(), settings.fixtures))
    this.#scenario = loadScenario(settings.scenario)
    const asked = settings.time === undefined ? undefined : new Date(settings.time).toISOString().slice(0, 10)
    this.#day = asked !== undefined && asked < this.#facts.epoch ? asked : this.#facts.epoch
    this.defaultTenant = settings.directory.defaultTenant.id
    // The user's devices are checked at once, not when their tenant is first asked for.
    pinDevices(this.#facts, this.#scenario, settings.fixtures, this.defaultTenant, this.#day)
  }

  of(tenant: string): World {
    const known = this.#worlds.get(tenant)
    if (known !== undefined) return known
    const { directory, seed, machines, fixtures } = this.#settings
    const entry = directory.tenant(tenant)
    if (entry === undefined) throw new NotFound(`Tenant ${tenant} was not found`)
    const { id, domain } = entry
    let world = this.#worlds.get(id)
    if (world === undefined) {
      world = new World({
        facts: this.#facts,
        scenario: this.#scenario,
        tenant: id,
        domain: domain.replace(/\.onmicrosoft\.com$/, '.com'),
        seed,
        machines,
        day: this.#day,
        pinned: pinDevices(this.#facts, this.#scenario, fixtures, id, this.#day)
      })
      this.#worlds.set(id, world)
    }
    return world
  }

  tenants(): string[] {
    return this.#settings.directory.tenants.map(({ id }) => id)
  }

  /** Back to the seeded state; without a tenant, all of them. */
  reset(tenant?: string): void {
    if (tenant !== undefined) this.of(tenant).reset()
    else for (const world of this.#worlds.values()) world.reset()
  }
}
