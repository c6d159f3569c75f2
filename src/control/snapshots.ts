import type { Clock, Shift } from '../clock.js'
import { Contradiction, Malformed, NotFound } from '../world/errors.js'
import { restore, stateOf, type WorldState } from '../world/state.js'
import type { World } from '../world/world.js'
import type { Kept } from './kept.js'

/** What of a tenant is not as it was seeded. */
export interface TenantState {
  world: WorldState
  clock: Shift
  /** Faults, limits and what else is kept, by name. */
  kept: Record<string, unknown>
}

/** A state to come back to, as JSON. It fits emulators with the same world version, seed, scenario and devices only. */
export interface Snapshot {
  of: 'mde-emulator'
  worldVersion: string
  seed: number
  scenario: string
  machines: number
  tenants: Record<string, TenantState>
}

export interface SnapshotInfo {
  name: string
  tenants: string[]
}

export interface SnapshotsParts {
  clock: Clock
  worlds: {
    of(tenant: string): World
    tenants(): string[]
    list(): { id: string; machines: number | null }[]
    reset(tenant: string): void
    /** Of the catalog. */
    readonly worldVersion: string
    /** Worlds that can be kept at a time. */
    readonly most: number
  }
  kept: readonly Kept[]
  about: Pick<Snapshot, 'seed' | 'scenario' | 'machines'>
}

/** Snapshots that are kept at a time. */
const most = 100

/** States that somebody named, to come back to. */
export class Snapshots {
  readonly #parts: SnapshotsParts
  readonly #named = new Map<string, string>()

  constructor(parts: SnapshotsParts) {
    this.#parts = parts
  }

  /** All, or those that hold a tenant. */
  list(tenant?: string): SnapshotInfo[] {
    return [...this.#named]
      .map(([name, text]) => ({ name, tenants: Object.keys((JSON.parse(text) as Snapshot).tenants) }))
      .filter(({ tenants }) => tenant === undefined || tenants.includes(tenant))
  }

  /** Keeps the state of a tenant, or of all that have a world, under a name; what had the name is forgotten. */
  take(name: string, tenant?: string): SnapshotInfo {
    return this.#keep(name, this.#now(tenant))
  }

  /** The snapshot itself, as JSON; of a tenant, or of all that it holds. */
  export(name: string, tenant?: string): Snapshot {
    const text = this.#named.get(name)
    if (text === undefined) throw new NotFound(`Snapshot ${name} was not found`)
    return only(JSON.parse(text), tenant, name)
  }

  /** Keeps a snapshot that came from another emulator, or from this one, under a name; of a tenant, or of all in it. */
  async import(name: string, imported: Snapshot, tenant?: string): Promise<SnapshotInfo> {
    const snapshot = only(imported, tenant, name)
    const own = this.#now()
    for (const member of ['worldVersion', 'seed', 'scenario', 'machines'] as const) {
      if (snapshot[member] === own[member]) continue
      throw new Contradiction(
        `the snapshot is of a world with ${member} ${snapshot[member]}, this one has ${member} ${own[member]}`
      )
    }
    for (const [tenant, { kept }] of Object.entries(snapshot.tenants)) {
      for (const part of this.#parts.kept) {
        const state = kept[part.name]
        const flaw = state === undefined ? undefined : await part.flawOf(state)
        if (flaw !== undefined) throw new Malformed(`the snapshot, tenant ${tenant}: ${flaw}`)
      }
    }
    return this.#keep(name, snapshot)
  }

  /**
   * Brings back a state: that of one tenant, or of all, and then tenants that the snapshot does not know are as seeded.
   * All or nothing.
   */
  restore(name: string, tenant?: string): SnapshotInfo {
    const snapshot = this.export(name, tenant)
    const { worlds } = this.#parts
    const chosen = Object.keys(snapshot.tenants)
    if (chosen.length > worlds.most) {
      throw new Contradiction(
        `the snapshot has ${chosen.length} tenants, of which ${worlds.most} can be kept (--max-tenants)`
      )
    }
    const others = tenant === undefined ? worlds.tenants().filter(id => !chosen.includes(id)) : []
    const before = this.#now()
    try {
      for (const id of chosen) this.#put(id, snapshot.tenants[id]!)
      for (const id of others) this.#clear(id)
    } catch (error) {
      for (const id of [...chosen, ...others]) {
        const state = before.tenants[id]
        if (state === undefined) this.#clear(id)
        else this.#put(id, state)
      }
      throw error
    }
    return { name, tenants: chosen }
  }

  remove(name: string): void {
    if (!this.#named.delete(name)) throw new NotFound(`Snapshot ${name} was not found`)
  }

  #keep(name: string, snapshot: Snapshot): SnapshotInfo {
    if (!this.#named.has(name) && this.#named.size >= most) {
      throw new Contradiction(`there are ${most} snapshots already; remove one first`)
    }
    this.#named.set(name, JSON.stringify(snapshot))
    return { name, tenants: Object.keys(snapshot.tenants) }
  }

  #now(tenant?: string): Snapshot {
    const { worlds, clock, kept, about } = this.#parts
    const chosen =
      tenant === undefined
        ? worlds.list().flatMap(({ id, machines }) => (machines === null && !this.#isTouched(id) ? [] : [id]))
        : [tenant]
    return {
      of: 'mde-emulator',
      worldVersion: worlds.worldVersion,
      ...about,
      tenants: Object.fromEntries(
        chosen.map(id => [
          id,
          {
            world: stateOf(worlds.of(id)),
            clock: clock.shift(id),
            kept: Object.fromEntries(
              kept.flatMap(part => {
                const value = part.state(id)
                return value === undefined ? [] : [[part.name, value]]
              })
            )
          }
        ])
      )
    }
  }

  #isTouched(tenant: string): boolean {
    return this.#parts.kept.some(part => part.state(tenant) !== undefined)
  }

  #put(tenant: string, { world, clock: shift, kept: states }: TenantState): void {
    const { worlds, clock, kept } = this.#parts
    clock.shiftTo(tenant, shift)
    restore(worlds.of(tenant), world, clock.of(tenant).now())
    for (const part of kept) part.restore(tenant, states[part.name])
  }

  #clear(tenant: string): void {
    const { worlds, clock, kept } = this.#parts
    worlds.reset(tenant)
    clock.reset(tenant)
    for (const part of kept) part.restore(tenant, undefined)
  }
}

/** Of a tenant that is in it, or all of it. */
function only(snapshot: Snapshot, tenant: string | undefined, name: string): Snapshot {
  if (tenant === undefined) return snapshot
  const state = snapshot.tenants[tenant]
  if (state === undefined) throw new NotFound(`Snapshot ${name} has no tenant ${tenant}`)
  return { ...snapshot, tenants: { [tenant]: state } }
}
