import { Advisories } from './advisories.js'
import type { Cves } from './cves.js'
import { dayOf } from './days.js'
import { NotFound } from './errors.js'
import type { Facts, Product, Update } from './facts.js'
import { Fleet } from './fleet.js'
import { type Makeup, Makeups, patchedOn } from './makeup.js'
import { publish } from './months.js'
import { Moves } from './moves.js'
import type { PinnedDevice } from './pinned.js'
import { type Ground, type Installation, PatchStates, Profile, profileKey } from './profile.js'
import { type DeviceGroup, existing, type Order, Roster } from './roster.js'
import type { Scenario } from './scenario.js'
import type { WorldDay } from './timeline.js'

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
  /** World time at the start, in milliseconds since 1970: which updates exist and who has taken them. */
  instant: number
  pinned: readonly PinnedDevice[]
}

/** What was done to a device: updates that it has more or less than it would by itself. */
export interface Patching {
  readonly more: ReadonlySet<Update>
  readonly less: ReadonlySet<Update>
}

interface Changed extends Patching {
  readonly profile: Profile
}

/** Devices of one makeup to which nobody did anything. */
interface Untouched {
  profile: Profile
  devices: number
  alerts: number
}

const nothing: ReadonlySet<Update> = new Set()
const nobody: ReadonlyMap<string, Profile> = new Map()

/** Devices in one step of making a world. */
const stride = 4_000

/**
 * One tenant's facts: which devices there are, what they run and what is installed on them. Only facts are kept;
 * everything that can be counted is derived when asked for.
 */
export class World {
  readonly facts: Facts
  readonly cves: Cves
  readonly tenant: string
  readonly roster: Roster
  /** What was done, as far as a delta export may ask. */
  readonly moves = new Moves()
  /** The days that world time was advanced through, as far as they are remembered. */
  readonly history: WorldDay[] = []
  /** World time at the start, in milliseconds since 1970. */
  readonly start: number
  #instant: number
  #day: string
  #ground: Ground
  #states: PatchStates
  readonly #kinds: Makeups
  readonly #makeups: Makeup[] = []
  /** By makeup. */
  readonly #untouched: Untouched[] = []
  readonly #makeupOf: Uint32Array
  /** Of devices that were added, or whose software was changed. */
  readonly #own = new Map<number, Makeup>()
  readonly #changed = new Map<number, Changed>()
  #profiles = new Map<string, Profile>()
  /** Those of the day before, while a day begins on which nothing comes out. */
  #kept = nobody
  #revision = 0
  #derivedAt = 0
  readonly #derived = new Map<string, unknown>()

  private constructor({ facts, cves, scenario, tenant, domain, seed, machines, instant, pinned }: WorldSettings) {
    this.facts = facts
    this.cves = cves
    this.tenant = tenant
    this.start = instant
    this.#instant = instant
    this.#day = dayOf(instant)
    const fleet = new Fleet(scenario, { worldVersion: facts.worldVersion, seed, tenant, domain, machines })
    this.roster = new Roster(fleet, pinned)
    this.#kinds = new Makeups(facts, fleet)
    this.#ground = { facts, advisories: new Advisories(facts, this.#day) }
    this.#states = new PatchStates(this.#day)
    this.#makeupOf = new Uint32Array(this.roster.numbers)
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
    const known = new Map<Makeup, number>()
    for (let device = 0; device < world.roster.numbers; device++) {
      if (device % stride === stride - 1) yield
      const pinned = world.roster.pinned(device)
      const makeup = pinned === undefined ? world.#kinds.generated(device) : world.#kinds.pinned(pinned)
      let number = known.get(makeup)
      if (number === undefined) {
        number = world.#makeups.push(makeup) - 1
        known.set(makeup, number)
        world.#untouched.push({ profile: world.#seed(makeup), devices: 0, alerts: 0 })
      }
      world.#makeupOf[device] = number
      world.#count(device, undefined, 1)
    }
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
  *profiles(): Iterable<Profile> {
    for (const profile of this.#profiles.values()) if (profile.devices > 0) yield profile
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
    const changed = this.#changed.size === 0 ? undefined : this.#changed.get(device)
    return (changed ?? this.#untouched[this.#makeupOf[device]!]!).profile
  }

  /** The makeups that devices had at the start, and how many are still of each, untouched. */
  *makeups(): Iterable<{ makeup: Makeup; devices: number }> {
    for (const [number, makeup] of this.#makeups.entries()) yield { makeup, devices: this.#untouched[number]!.devices }
  }

  /** What a device was at the start, before updates; undefined when it was not there. */
  seededMakeup(device: number): Makeup | undefined {
    return device < this.#makeupOf.length ? this.#makeups[this.#makeupOf[device]!] : undefined
  }

  /** What a device is, before updates. */
  makeup(device: number): Makeup {
    return this.#own.get(device) ?? this.seededMakeup(device)!
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
    return device < this.fleet.size && this.fleet.hasAlert(device)
  }

  /** The device with this id, without regard to case. */
  machine(id: string): number {
    return existing(this.roster.byId(id), id)
  }

  /** The device with this id or computer name, as `/api/machines/{id}` takes either. */
  machineByIdOrName(idOrName: string): number {
    return existing(this.find(idOrName), idOrName)
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
    const patching = this.#changed.get(device)
    return patching && { patching, software: this.#own.get(device)?.installations }
  }

  /** Devices to which something was done, or that were added. */
  changedDevices(): Iterable<number> {
    return this.#changed.keys()
  }

  /** Whether anything is not as it was seeded. */
  get isChanged(): boolean {
    return this.#changed.size > 0 || this.roster.isChanged || this.#instant !== this.start
  }

  /** Gives devices updates and takes some from them. `at` is the clock's time, here and below. */
  patch(devices: Iterable<number>, more: readonly Update[], less: readonly Update[], at: number): void {
    // Devices of one makeup that nobody touched become the same.
    const alike = new Map<number, Changed | undefined>()
    for (const device of devices) {
      const changed = this.#changed.get(device)
      const makeup = this.#makeupOf[device]!
      if (changed === undefined && alike.has(makeup)) {
        this.#become(device, alike.get(makeup), at)
        continue
      }
      const own = this.#patchedByItself(device)
      const now = { more: new Set(changed?.more), less: new Set(changed?.less) }
      for (const update of more) if (!now.less.delete(update) && !own.has(update)) now.more.add(update)
      for (const update of less) if (!now.more.delete(update) && own.has(update)) now.less.add(update)
      const after = this.#patched(device, now)
      if (changed === undefined) alike.set(makeup, after)
      this.#become(device, after, at)
    }
  }

  /** Gives a device other software. The updates for it are those that the device would have taken by itself. */
  equip(device: number, installations: readonly Installation[], at: number): void {
    const own = this.#kinds.with(
      this.makeup(device),
      installations,
      this.roster.added.has(device) ? undefined : this.seededMakeup(device)
    )
    const before = this.profile(device)
    const { more, less } = this.#changed.get(device) ?? { more: nothing, less: nothing }
    const fits = (update: Update) => [...update.fixes.keys()].some(target => own.targets.has(target))
    if (own === this.seededMakeup(device)) this.#own.delete(device)
    else this.#own.set(device, own)
    const patching = { more: new Set([...more].filter(fits)), less: new Set([...less].filter(fits)) }
    this.#become(device, this.#patched(device, patching), at, before)
  }

  /** A device more. */
  add(pinned: PinnedDevice, at: number, number?: number): number {
    const device = this.roster.add(pinned, at, number)
    this.#own.set(device, this.#kinds.pinned(pinned))
    const after = this.#patched(device, { more: nothing, less: nothing })!
    this.#count(device, after, 1)
    this.#changed.set(device, after)
    this.moves.add({ device, at, before: undefined, after: after.profile })
    this.#revision++
    return device
  }

  /** A device less. */
  remove(device: number): void {
    this.#count(device, this.#changed.get(device), -1)
    this.#changed.delete(device)
    this.#own.delete(device)
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
    const before = [...this.#changed].map(([device, { profile }]) => ({ device, profile }))
    const from = this.#instant
    this.#instant += milliseconds
    if (dayOf(this.#instant) === this.#day) return
    this.moves.turn(from, this.#instant, at, new Set(this.#changed.keys()))
    this.#turn()
    for (const { device, profile } of before) {
      const after = this.profile(device)
      if (after.key !== profile.key) this.moves.add({ device, at: at + milliseconds, before: profile, after })
    }
  }

  /** Back to the seeded state; to that of today when time is kept. */
  reset({ keepTime = false }: { keepTime?: boolean } = {}): void {
    const gone = [...this.roster.removed].filter(device => device < this.#makeupOf.length)
    for (const [device, changed] of this.#changed) this.#count(device, changed, -1)
    const back = [...this.#changed.keys()].filter(device => device < this.#makeupOf.length)
    this.#changed.clear()
    this.#own.clear()
    this.roster.reset()
    for (const device of new Set([...back, ...gone])) this.#count(device, undefined, 1)
    this.moves.reset()
    if (!keepTime) {
      this.history.length = 0
      this.#instant = this.start
      if (dayOf(this.start) !== this.#day) this.#turn()
    }
    this.#revision++
  }

  /** What devices of a makeup are on the world's day, to which nobody did anything. */
  #seed(makeup: Makeup): Profile {
    const profile = this.#profileOf(makeup, { more: nothing, less: nothing })
    profile.makeups++
    return profile
  }

  /** Everything again, on the day that it is now. */
  #turn(): void {
    const before = this.#day
    this.#day = dayOf(this.#instant)
    publish(this.facts, this.#day)
    this.#kept = this.#profiles
    this.#profiles = new Map()
    if (this.facts.isQuiet(before, this.#day)) {
      for (const profile of this.#kept.values()) profile.devices = profile.alerts = profile.makeups = 0
    } else {
      this.#kept = nobody
      this.#ground = { facts: this.facts, advisories: new Advisories(this.facts, this.#day) }
      this.#states = new PatchStates(this.#day)
    }
    for (const [number, makeup] of this.#makeups.entries()) {
      const untouched = this.#untouched[number]!
      untouched.profile = this.#seed(makeup)
      untouched.profile.devices += untouched.devices
      untouched.profile.alerts += untouched.alerts
    }
    for (const [device, { more, less }] of this.#changed) {
      // What it has taken by itself meanwhile is no longer more than it would have.
      const own = this.#patchedByItself(device)
      const changed = this.#patched(device, { more: new Set([...more].filter(update => !own.has(update))), less })
      this.#count(device, changed, 1)
      if (changed === undefined) this.#changed.delete(device)
      else this.#changed.set(device, changed)
    }
    this.#kept = nobody
    this.#revision++
  }

  #become(device: number, after: Changed | undefined, at: number, before = this.profile(device)): void {
    // The new one first: a profile that is both must not be forgotten in between.
    this.#count(device, after, 1)
    this.#count(device, this.#changed.get(device), -1)
    if (after === undefined) this.#changed.delete(device)
    else this.#changed.set(device, after)
    this.moves.add({ device, at, before, after: this.profile(device) })
    this.#revision++
  }

  /** What a device becomes; undefined when that is what it would be anyway. */
  #patched(device: number, patching: Patching): Changed | undefined {
    if (patching.more.size === 0 && patching.less.size === 0 && !this.#own.has(device)) return undefined
    return { ...patching, profile: this.#profileOf(this.makeup(device), patching) }
  }

  #patchedByItself(device: number): ReadonlySet<Update> {
    return patchedOn(this.#day, this.makeup(device), this.#states).installed
  }

  #count(device: number, changed: Changed | undefined, by: 1 | -1): void {
    const counted = changed === undefined ? [this.#untouched[this.#makeupOf[device]!]!] : []
    const { profile } = changed ?? counted[0]!
    for (const one of [...counted, profile]) {
      one.devices += by
      if (this.hasAlert(device)) one.alerts += by
    }
    if (profile.devices === 0 && profile.makeups === 0) this.#profiles.delete(profile.key)
  }

  #profileOf(makeup: Makeup, { more, less }: Patching): Profile {
    const { installations, posture } = makeup
    const own = patchedOn(this.#day, makeup, this.#states)
    const state = more.size === 0 && less.size === 0 ? own : this.#states.changed(own, more, less)
    const key = profileKey(installations, state, posture)
    let profile = this.#profiles.get(key)
    if (profile === undefined) {
      profile = this.#kept.get(key) ?? new Profile(this.#ground, installations, state, posture)
      this.#profiles.set(key, profile)
    }
    return profile
  }
}
