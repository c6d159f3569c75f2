import { Advisories } from './advisories.js'
import type { Cves } from './cves.js'
import { Contradiction, NotFound } from './errors.js'
import type { Facts, Product, Target, Update } from './facts.js'
import { Fleet } from './fleet.js'
import { numberOf } from './machines.js'
import { type Makeup, Makeups, patchedOn } from './makeup.js'
import { longest, type Move } from './moves.js'
import type { Posture } from './posture.js'
import { type Ground, type Installation, type PatchState, PatchStates, Profile, profileKey } from './profile.js'
import type { Scenario } from './scenario.js'

/** A device whose identity and software somebody wrote down, as the user's fixture file does. */
export interface PinnedDevice {
  id: string
  computerDnsName: string
  osPlatform: string
  version: string | null
  osBuild: number | null
  installations: Installation[]
  missing: Update[]
  tags: string[]
  group: { id: number; name: string | null }
}

export interface WorldSettings {
  facts: Facts
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
  /** World time, `YYYY-MM-DD`: which updates exist and who has taken them. */
  day: string
  pinned: readonly PinnedDevice[]
}

/** Changes that are remembered for the delta export. */
const mostMoves = 100_000

/** Devices in one step of making a world. */
const stride = 4_000

/**
 * One tenant's facts: which devices there are, what they run and what is installed on them. Only facts are kept;
 * everything that can be counted is derived when asked for. Devices are numbers: generated ones first, then the
 * pinned ones (a pinned device whose id was generated takes the generated one's place).
 */
export class World {
  readonly facts: Facts
  readonly cves: Cves
  readonly day: string
  readonly tenant: string
  readonly fleet: Fleet
  readonly #ground: Ground
  readonly #makeups: Makeup[] = []
  readonly #makeupOf: Uint32Array
  readonly #states: PatchStates
  readonly #profiles: Profile[] = []
  readonly #profileKeys = new Map<string, number>()
  /** Profiles of the seeded state, which stay; later ones go when their last device leaves. */
  #seededProfiles = Number.POSITIVE_INFINITY
  readonly #vacant: number[] = []
  readonly #seeded: Uint32Array
  readonly #changed = new Map<number, number>()
  #moves: Move[] = []
  readonly #pinned = new Map<number, PinnedDevice>()
  readonly #pinnedIds = new Map<string, number>()
  readonly #pinnedNames = new Map<string, number>()
  #revision = 0
  #derivedAt = 0
  readonly #derived = new Map<string, unknown>()

  private constructor({ facts, cves, scenario, tenant, domain, seed, machines, day, pinned }: WorldSettings) {
    this.facts = facts
    this.cves = cves
    this.day = day
    this.tenant = tenant
    this.fleet = new Fleet(scenario, { worldVersion: facts.worldVersion, seed, tenant, domain, machines })
    this.#ground = { facts, advisories: new Advisories(facts, day) }
    this.#states = new PatchStates(day)
    let size = this.fleet.size
    for (const device of pinned) {
      const number = this.fleet.byId(device.id) ?? size++
      this.#pinned.set(number, device)
      this.#pinnedIds.set(device.id.toLowerCase(), number)
      this.#pinnedNames.set(device.computerDnsName.toLowerCase(), number)
    }
    this.#seeded = new Uint32Array(size)
    this.#makeupOf = new Uint32Array(size)
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
    const makeups = new Makeups(world.facts, world.fleet)
    const seeded = new Map<Makeup, { number: number; profile: number }>()
    for (let device = 0; device < world.size; device++) {
      if (device % stride === stride - 1) yield
      const pinned = world.#pinned.get(device)
      const makeup = pinned === undefined ? makeups.generated(device) : makeups.pinned(pinned)
      const known = seeded.get(makeup) ?? world.#add(makeup)
      seeded.set(makeup, known)
      const { profile } = known
      world.#makeupOf[device] = known.number
      world.#seeded[device] = profile
      world.#count(device, profile, 1)
    }
    world.#seededProfiles = world.#profiles.length
    return world
  }

  /** Number of devices. */
  get size(): number {
    return this.#seeded.length
  }

  /** Grows with every change: answers derived from the world are good for one revision. */
  get revision(): number {
    return this.#revision
  }

  /** Profiles that at least one device is of. */
  *profiles(): Iterable<Profile> {
    for (const profile of this.#profiles) if (profile.devices > 0) yield profile
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
    return this.#profiles[this.#changed.get(device) ?? this.#seeded[device]!]!
  }

  /** The makeups that devices have. */
  get makeups(): readonly Makeup[] {
    return this.#makeups
  }

  /** What a device is, before updates. */
  makeup(device: number): Makeup {
    return this.#makeups[this.#makeupOf[device]!]!
  }

  pinned(device: number): PinnedDevice | undefined {
    return this.#pinned.get(device)
  }

  id(device: number): string {
    return this.#pinned.get(device)?.id ?? this.fleet.id(device)
  }

  computerDnsName(device: number): string {
    return this.#pinned.get(device)?.computerDnsName ?? this.fleet.name(device)
  }

  osPlatform(device: number): string {
    return this.#pinned.get(device)?.osPlatform ?? this.fleet.platform(device).osPlatform
  }

  /** What the operating system calls its version. */
  version(device: number): string | null {
    const pinned = this.#pinned.get(device)
    return pinned === undefined ? this.fleet.platform(device).version : pinned.version
  }

  osBuild(device: number): number | null {
    const pinned = this.#pinned.get(device)
    return pinned === undefined ? this.fleet.platform(device).osBuild : pinned.osBuild
  }

  /** The device group; id 0 and no name when it is in none. */
  group(device: number): { id: number; name: string | null } {
    return this.#pinned.get(device)?.group ?? this.fleet.group(device)
  }

  tags(device: number): string[] {
    return this.#pinned.get(device)?.tags ?? this.fleet.tags(device)
  }

  /** The device with this internal address. */
  byAddress(address: string): number | undefined {
    const device = numberOf(address)
    return device !== undefined && device < this.size ? device : undefined
  }

  hasAlert(device: number): boolean {
    return device < this.fleet.size && this.fleet.hasAlert(device)
  }

  /** The device with this id, without regard to case. */
  machine(id: string): number {
    const device = this.#byId(id)
    if (device === undefined) throw new NotFound(`Machine ${id} was not found`)
    return device
  }

  /** The device with this id or computer name, as `/api/machines/{id}` takes either. */
  machineByIdOrName(idOrName: string): number {
    const device = this.find(idOrName)
    if (device === undefined) throw new NotFound(`Machine ${idOrName} was not found`)
    return device
  }

  /** The same, or undefined. */
  find(idOrName: string): number | undefined {
    return this.#byId(idOrName) ?? this.#byName(idOrName)
  }

  /** The product with this software id, if a device of the tenant has it. */
  software(id: string): Product {
    const product = this.facts.product(id)
    if (product !== undefined) for (const profile of this.profiles()) if (profile.has(product)) return product
    throw new NotFound(`Software ${id} was not found`)
  }

  /**
   * Puts an update on a device; what it contains is no longer lacking there. Installing it again changes nothing. `at`
   * is the clock's time.
   */
  install(machineId: string, kb: string, at: number): void {
    const { device, update, state } = this.#patchable(machineId, kb)
    if (state.installed.has(update)) return
    if (update.released > this.day) {
      throw new Contradiction(`KB ${update.id} is released on ${update.released}; world time is ${this.day}`)
    }
    this.#move(device, this.#states.changed(state, update, true), at)
  }

  /** Takes an update off a device; what nothing else contains is lacking again. */
  uninstall(machineId: string, kb: string, at: number): void {
    const { device, update, state } = this.#patchable(machineId, kb)
    if (!state.installed.has(update)) {
      const lacking = state.missing.includes(update)
      throw new Contradiction(
        `KB ${update.id} is not installed on machine ${this.id(device)}` +
          (lacking ? '' : '; a later update that is installed there contains it')
      )
    }
    this.#move(device, this.#states.changed(state, update, false), at)
  }

  /** What was done to devices, oldest first, as far as a delta export may ask. */
  moves(): readonly Move[] {
    return this.#moves
  }

  /** Whether a device is not as it was seeded. */
  get isChanged(): boolean {
    return this.#changed.size > 0
  }

  /** Back to the seeded state. */
  reset(): void {
    for (const [device, profile] of this.#changed) {
      this.#count(device, profile, -1)
      this.#count(device, this.#seeded[device]!, 1)
    }
    this.#changed.clear()
    this.#moves = []
    this.#revision++
  }

  #patchable(machineId: string, kb: string) {
    const device = this.machine(machineId)
    const update = this.facts.update(kb)
    if (update === undefined) throw new NotFound(`KB ${kb} was not found`)
    const { patches: state } = this.profile(device)
    if (![...update.fixes.keys()].some(target => state.targets.has(target))) {
      throw new Contradiction(
        `KB ${update.id} does not apply to machine ${this.id(device)}: it is for ${listed(update.fixes.keys())}, ` +
          `the device runs ${listed(state.targets) || 'nothing that updates of the catalog fix'}`
      )
    }
    return { device, update, state }
  }

  #move(device: number, state: PatchState, at: number): void {
    const before = this.#changed.get(device) ?? this.#seeded[device]!
    const { installations, posture } = this.#profiles[before]!
    const after = this.#profileOf(installations, state, posture)
    this.#count(device, before, -1)
    this.#count(device, after, 1)
    if (after === this.#seeded[device]) this.#changed.delete(device)
    else this.#changed.set(device, after)
    if (this.#moves.length >= mostMoves || (this.#moves[0]?.at ?? at) < at - longest) this.#forgetMoves(at - longest)
    this.#moves.push({ device, at, before: this.#profiles[before]!, after: this.#profiles[after]! })
    this.#revision++
  }

  /** Those before an instant, and the older half when there are too many. */
  #forgetMoves(before: number): void {
    const recent = this.#moves.filter(({ at }) => at >= before)
    this.#moves = recent.slice(recent.length >= mostMoves ? mostMoves / 2 : 0)
  }

  #count(device: number, profile: number, by: 1 | -1): void {
    const counted = this.#profiles[profile]!
    counted.devices += by
    if (this.hasAlert(device)) counted.alerts += by
    if (counted.devices > 0 || profile < this.#seededProfiles) return
    this.#profileKeys.delete(counted.key)
    this.#vacant.push(profile)
  }

  #byId(id: string): number | undefined {
    const pinned = this.#pinnedIds.get(id.toLowerCase())
    if (pinned !== undefined) return pinned
    return this.fleet.byId(id)
  }

  #byName(name: string): number | undefined {
    const pinned = this.#pinnedNames.get(name.toLowerCase())
    if (pinned !== undefined) return pinned
    const device = this.fleet.byName(name)
    return device !== undefined && this.#pinned.has(device) ? undefined : device
  }

  #add(makeup: Makeup): { number: number; profile: number } {
    const { installations, posture } = makeup
    const profile = this.#profileOf(installations, patchedOn(this.day, makeup, this.#states), posture)
    return { number: this.#makeups.push(makeup) - 1, profile }
  }

  #profileOf(installations: readonly Installation[], state: PatchState, posture: Posture): number {
    const key = profileKey(installations, state, posture)
    let number = this.#profileKeys.get(key)
    if (number === undefined) {
      number = this.#vacant.pop() ?? this.#profiles.length
      this.#profiles[number] = new Profile(this.#ground, installations, state, posture)
      this.#profileKeys.set(key, number)
    }
    return number
  }
}

function listed(targets: Iterable<Target>): string {
  return Array.from(targets, ({ product, build }) =>
    build === null ? product.id : `${product.id} (build ${build})`
  ).join(', ')
}
