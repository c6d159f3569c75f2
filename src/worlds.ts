import { setImmediate as breathe } from 'node:timers/promises'
import type { Directory, Tenant } from './entra/directory.js'
import type { FixtureFile } from './fixture-file.js'
import { loadCatalog } from './world/catalog.js'
import { Grounds } from './world/condition.js'
import { Cves } from './world/cves.js'
import { dayOf } from './world/days.js'
import { NotFound } from './world/errors.js'
import { Facts } from './world/facts.js'
import { devicesWritten, overlayFacts } from './world/overlay.js'
import type { PinnedDevice } from './world/pinned.js'
import type { Scenario } from './world/scenario.js'
import { World } from './world/world.js'

export interface WorldsSettings {
  directory: Directory
  seed: number
  machines: number
  scenario: Scenario
  /** ISO 8601 instant of `--time`, which may put world time before the epoch. */
  time: string | undefined
  /** Worlds to keep; the one that was not asked for longest goes, changes and all. */
  maxTenants: number
  fixtures: FixtureFile
  /** Is told of a tenant whose world went: what else is kept of it goes too. */
  removed?: (tenant: string) => void
  /** Is told of a tenant whose world went because there are too many, and whether something was changed there. */
  evicted?: (tenant: string, changed: boolean) => void
}

/** What the worlds of all tenants are made from. */
interface Ground {
  facts: Facts
  grounds: Grounds
  cves: Cves
  /** World time at the start, in milliseconds since 1970. */
  instant: number
}

/** One world per tenant, made on first use; the facts of the catalog are shared, and made on first use too. */
export class Worlds {
  readonly defaultTenant: string
  readonly #settings: WorldsSettings
  readonly #worlds = new Map<string, World>()
  #latest: string | undefined
  #evicted = 0
  readonly #unfinished = new Map<string, Generator<void>>()
  #ground: Ground | undefined

  constructor(settings: WorldsSettings) {
    this.#settings = settings
    this.defaultTenant = settings.directory.defaultTenant.id
    // What the user wrote is checked at once, not when its tenant is first asked for.
    if (Object.keys(settings.fixtures).length > 0) this.#pinned(this.defaultTenant)
  }

  /** Version of the catalog that all of them are made from. */
  get worldVersion(): string {
    return this.#made().facts.worldVersion
  }

  /** The world of a tenant, by id or domain. Made now, as far as it is not yet. */
  of(tenant: string): World {
    const { id } = this.#tenant(tenant)
    const known = this.#worlds.get(id)
    if (known !== undefined) {
      if (id !== this.#latest) this.#use(id, known)
      return known
    }
    const making = this.#making(id)
    while (!making.next().done);
    return this.#worlds.get(id)!
  }

  /** Makes the world of a tenant in steps, so that others are answered meanwhile. */
  async prepare(tenant: string): Promise<void> {
    const { id } = this.#tenant(tenant)
    do {
      // A connection takes two turns of the event loop to be accepted and read.
      await breathe()
      await breathe()
    } while (!this.#worlds.has(id) && !this.#making(id).next().done)
  }

  /** Those that somebody described, then the others that have a world, by id. */
  tenants(): string[] {
    return [...new Set([...this.#settings.directory.tenants.map(({ id }) => id), ...[...this.#worlds.keys()].sort()])]
  }

  /** What is known of each, without making a world. */
  list(): { id: string; machines: number | null; changes: boolean }[] {
    return this.tenants().map(id => {
      const world = this.#worlds.get(id)
      return { id, machines: world?.size ?? null, changes: world?.isChanged ?? false }
    })
  }

  /** How many can be kept at a time. */
  get most(): number {
    return this.#settings.maxTenants
  }

  /** How many worlds went because there were too many. */
  get evicted(): number {
    return this.#evicted
  }

  /** Forgets a tenant's world, changes and all; it is made anew, as seeded, when it is asked for again. */
  remove(tenant: string): void {
    const { id } = this.#tenant(tenant)
    this.#worlds.delete(id)
    this.#unfinished.delete(id)
    if (this.#latest === id) this.#latest = undefined
    this.#settings.removed?.(id)
  }

  /** Back to the seeded state; without a tenant, all of them. World time may stay where it is. */
  reset(tenant?: string, { keepTime = false }: { keepTime?: boolean } = {}): void {
    if (tenant !== undefined) this.of(tenant).reset({ keepTime })
    else for (const world of this.#worlds.values()) world.reset({ keepTime })
  }

  /** The last in the order of use; whoever is first in it goes when there are too many. */
  #use(id: string, world: World): void {
    this.#latest = id
    this.#worlds.delete(id)
    this.#worlds.set(id, world)
    for (const [oldest, { isChanged }] of this.#worlds) {
      if (this.#worlds.size <= this.#settings.maxTenants) return
      this.remove(oldest)
      this.#evicted++
      this.#settings.evicted?.(oldest, isChanged)
    }
  }

  #tenant(tenant: string): Tenant {
    const known = this.#settings.directory.tenant(tenant)
    if (known === undefined) throw new NotFound(`Tenant ${tenant} was not found`)
    return known
  }

  /** The making of a world, which whoever needs it first drives to its end. */
  #making(id: string): Generator<void> {
    let making = this.#unfinished.get(id)
    if (making === undefined) {
      making = this.#steps(id)
      this.#unfinished.set(id, making)
    }
    return making
  }

  *#steps(id: string): Generator<void> {
    yield* this.#grounding()
    const { domain } = this.#tenant(id)
    const { seed, machines, scenario } = this.#settings
    const world = yield* World.making({
      ...this.#made(),
      scenario,
      tenant: id,
      domain: domain.replace(/\.onmicrosoft\.com$/, '.com'),
      seed,
      machines,
      pinned: this.#pinned(id)
    })
    this.#use(id, world)
    this.#unfinished.delete(id)
  }

  #pinned(tenant: string): PinnedDevice[] {
    const { facts, instant } = this.#made()
    const { fixtures, scenario } = this.#settings
    return devicesWritten(facts, scenario, fixtures, tenant, dayOf(instant))
  }

  #made(): Ground {
    for (const _ of this.#grounding());
    return this.#ground!
  }

  *#grounding(): Generator<void> {
    if (this.#ground !== undefined) return
    const { fixtures, scenario, time } = this.#settings
    const rows = overlayFacts(overlayFacts(loadCatalog(), scenario.overlay ?? {}), fixtures)
    yield
    const facts = new Facts(rows)
    const epoch = Date.parse(facts.epoch)
    const instant = Math.min(
      epoch,
      ...[scenario.day, time].flatMap(text => (text === undefined ? [] : Date.parse(text)))
    )
    // Another tenant's steps may have been faster: then its facts are the ones that are shared.
    this.#ground ??= { facts, grounds: new Grounds(facts), cves: new Cves(facts), instant }
    yield
  }
}
