import type { Grounds, Installation } from './condition.js'
import type { Cves } from './cves.js'
import { dayOf } from './days.js'
import { NotFound } from './errors.js'
import type { Facts, Product, Update } from './facts.js'
import { Fleet } from './fleet.js'
import type { Makeup } from './makeup.js'
import { publish } from './months.js'
import { Moves } from './moves.js'
import type { PinnedDevice } from './pinned.js'
import { type Patching, Population } from './population.js'
import type { Profile } from './profile.js'
import { type DeviceGroup, existing, type Order, Roster } from './roster.js'
import type { Scenario } from './scenario.js'
import type { WorldDay } from './timeline.js'

export interface WorldSettings {
  facts: Facts
  /** Of these facts. */
  grounds: Grounds
  /** What is known of the CVEs of these facts. */
  cves: Cves
  scenario: Scenario
  /** Tenant id; another tenant is another world. */
  tenant: string
  /** Suffix of generated computer names. */
  domain: string
  seed: number
  /** Devices to generate. */
  machines: number
  /** World time at the start, in milliseconds since 1970: which updates exist and who has taken them. */
  instant: number
  pinned: readonly PinnedDevice[]
}

/**
 * One tenant's facts: which devices there are, what they run and what is installed on them. Only facts are kept;
 * everything that can be counted is derived when asked for.
 */
export class World {
  readonly facts: Facts
  readonly grounds: Grounds
  readonly cves: Cves
  readonly tenant: string
  readonly roster: Roster
  /** What was done, as far as a delta export may ask. */
  readonly moves = new Moves()
  /** The days that world time was advanced through, as far as they are remembered. */
  readonly history: WorldDay[] = []
  /** World time at the start, in milliseconds since 1970. */
  readonly start: number
  readonly #population: Population
  #instant: number
  #day: string
  #revision = 0
  #derivedAt = 0
  readonly #derived = new Map<string, unknown>()

  private constructor(settings: WorldSettings) {
    const { facts, grounds, cves, scenario, tenant, domain, seed, machines, instant, pinned } = settings
    this.facts = facts
    this.grounds = grounds
    this.cves = cves
    this.tenant = tenant
    this.start = instant
    this.#instant = instant
    this.#day = dayOf(instant)
    const fleet = new Fleet(scenario, { worldVersion: facts.worldVersion, seed, tenant, domain, machines })
    this.roster = new Roster(fleet, pinned)
    this.#population = new Population(facts, grounds, this.roster, this.#day)
  }

  /** A world, at once. */
  static of(settings: WorldSettings): World {
    const making = World.making(settings)
    for (;;) {
      const { done, value } = making.next()
      if (done) return value
    }
  }

  /** A world in steps of a few milliseconds, for who has something else to do between them. */
  static *making(settings: WorldSettings): Generator<void, World> {
    const world = new World(settings)
    yield* world.#population.settle()
    return world
  }

  /** Number of devices. */
  get size(): number {
    return this.order.length
  }

  /** The devices, as `/api/machines` lists them. */
  get order(): Order {
    return this.roster.order
  }

  *devices(): Iterable<number> {
    const { order } = this
    for (let position = 0; position < order.length; position++) yield order.at(position)
  }

  get fleet(): Fleet {
    return this.roster.fleet
  }

  /** World time in milliseconds since 1970, and its day, `YYYY-MM-DD`. */
  get instant(): number {
    return this.#instant
  }

  get day(): string {
    return this.#day
  }

  /** Grows with every change: answers derived from the world are good for one revision. */
  get revision(): number {
    return this.#revision
  }

  /** Profiles that at least one device is of. */
  profiles(): Iterable<Profile> {
    return this.#population.profiles()
  }

  /** What is worked out from the world as it is, once: forgotten with its next change. */
  derived<T>(name: string, make: () => T): T {
    if (this.#derivedAt !== this.#revision) {
      this.#derived.clear()
      this.#derivedAt = this.#revision
    }
    if (!this.#derived.has(name)) this.#derived.set(name, make())
    return this.#derived.get(name) as T
  }

  /** How many devices each CVE is open on, by its position; those that are open nowhere are absent. */
  exposedMachines(): ReadonlyMap<number, number> {
    return this.derived('exposedMachines', () => {
      const counts = new Map<number, number>()
      for (const { open, devices } of this.profiles()) {
        for (const cve of open) counts.set(cve, (counts.get(cve) ?? 0) + devices)
      }
      return counts
    })
  }

  profile(device: number): Profile {
    return this.#population.profile(device)
  }

  /** The makeups that devices had at the start, and how many are still of each, untouched. */
  makeups(): Iterable<{ makeup: Makeup; devices: number }> {
    return this.#population.makeups()
  }

  /** What a device was at the start, before updates; undefined when it was not there. */
  seededMakeup(device: number): Makeup | undefined {
    return this.#population.seededMakeup(device)
  }

  id(device: number): string {
    return this.roster.id(device)
  }

  computerDnsName(device: number): string {
    return this.roster.computerDnsName(device)
  }

  osPlatform(device: number): string {
    return this.roster.pinned(device)?.osPlatform ?? this.fleet.platform(device).osPlatform
  }

  /** What the operating system calls its version. */
  version(device: number): string | null {
    const pinned = this.roster.pinned(device)
    return pinned === undefined ? this.fleet.platform(device).version : pinned.version
  }

  osBuild(device: number): number | null {
    const pinned = this.roster.pinned(device)
    return pinned === undefined ? this.fleet.platform(device).osBuild : pinned.osBuild
  }

  group(device: number): DeviceGroup {
    return this.roster.group(device)
  }

  tags(device: number): string[] {
    return this.roster.tags(device)
  }

  /** The device with this internal address. */
  byAddress(address: string): number | undefined {
    return this.roster.byAddress(address)
  }

  hasAlert(device: number): boolean {
    return this.roster.hasAlert(device)
  }

  /** The device with this id, without regard to case. */
  machine(id: string): number {
    return existing(this.roster.byId(id), id)
  }

  /** The device with this id or computer name, as `/api/machines/{id}` takes either. */
  machineByIdOrName(idOrName: string): number {
    return existing(this.find(idOrName), idOrName)
  }

  /** The devices with this computer name: several when some are duplicates. */
  named(name: string): number[] {
    return this.roster.named(name)
  }

  /** The same, or undefined. */
  find(idOrName: string): number | undefined {
    return this.roster.byId(idOrName) ?? this.roster.byName(idOrName)
  }

  /** The product with this software id, if a device of the tenant has it. */
  software(id: string): Product {
    const product = this.facts.product(id)
    if (product !== undefined) for (const profile of this.profiles()) if (profile.has(product)) return product
    throw new NotFound(`Software ${id} was not found`)
  }

  /** What was done to a device; undefined when nothing was. */
  changes(device: number): { patching: Patching; software: readonly Installation[] | undefined } | undefined {
    return this.#population.changes(device)
  }

  /** Devices to which something was done, or that were added. */
  changedDevices(): Iterable<number> {
    return this.#population.changed.keys()
  }

  /** Whether anything is not as it was seeded. */
  get isChanged(): boolean {
    return this.#population.changed.size > 0 || this.roster.isChanged || this.#instant !== this.start
  }

  /** Gives devices updates and takes some from them. `at` is the clock's time, here and below. */
  patch(devices: Iterable<number>, more: readonly Update[], less: readonly Update[], at: number): void {
    for (const { device, before } of this.#population.patch(devices, more, less)) {
      this.moves.add({ device, at, before: before.condition, after: this.profile(device).condition })
    }
    this.#revision++
  }

  /** Gives a device other software. The updates for it are those that the device would have taken by itself. */
  equip(device: number, installations: readonly Installation[], at: number): void {
    const before = this.profile(device)
    this.#population.equip(device, installations)
    this.moves.add({ device, at, before: before.condition, after: this.profile(device).condition })
    this.#revision++
  }

  /** A device more. */
  add(pinned: PinnedDevice, at: number, number?: number): number {
    const device = this.roster.add(pinned, at, number)
    this.#population.add(device, pinned)
    this.moves.add({ device, at, before: undefined, after: this.profile(device).condition })
    this.#revision++
    return device
  }

  /** A device less. */
  remove(device: number): void {
    this.#population.remove(device)
    this.roster.remove(device)
    this.#revision++
  }

  /** Writes tags and group on a device; what is undefined stays. */
  label(device: number, tags: readonly string[] | undefined, group: DeviceGroup | undefined): void {
    this.roster.label(device, tags, group)
    this.#revision++
  }

  /**
   * World time goes on: updates are published, and devices take them as they always do. `at` is the clock's time when it
   * begins.
   */
  advance(milliseconds: number, at: number): void {
    const { changed } = this.#population
    const before = Array.from(changed, ([device, { profile }]) => ({ device, profile }))
    const from = this.#instant
    this.#instant += milliseconds
    if (dayOf(this.#instant) === this.#day) return
    this.moves.turn(from, this.#instant, at, new Set(changed.keys()))
    this.#turn()
    for (const { device, profile } of before) {
      const after = this.profile(device)
      if (after.key !== profile.key)
        this.moves.add({ device, at: at + milliseconds, before: profile.condition, after: after.condition })
    }
  }

  /** Back to the seeded state; to that of today when time is kept. */
  reset({ keepTime = false }: { keepTime?: boolean } = {}): void {
    const gone = [...this.roster.removed].filter(device => this.seededMakeup(device) !== undefined)
    this.#population.reset(gone)
    this.roster.reset()
    this.moves.reset()
    if (!keepTime) {
      this.history.length = 0
      this.#instant = this.start
      if (dayOf(this.start) !== this.#day) this.#turn()
    }
    this.#revision++
  }

  /** What follows from the day that it is now. */
  #turn(): void {
    this.#day = dayOf(this.#instant)
    publish(this.facts, this.#day)
    this.#population.turn(this.#day)
    this.#revision++
  }
}
