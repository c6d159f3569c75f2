import type { Ground, Grounds, Installation } from './condition.js'
import type { Facts, Update } from './facts.js'
import { type Makeup, Makeups, patchedOn } from './makeup.js'
import type { PinnedDevice } from './pinned.js'
import { Profile } from './profile.js'
import type { Roster } from './roster.js'

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

/** Devices in one step of settling. */
const stride = 4_000

/**
 * Which devices are of which profile. Those to which nobody did anything are counted by makeup; what was done to the
 * others is kept as the difference to what they would be by themselves, so that it lasts while time goes on.
 */
export class Population {
  readonly #facts: Facts
  readonly #grounds: Grounds
  readonly #roster: Roster
  readonly #kinds: Makeups
  #day: string
  #ground: Ground
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

  constructor(facts: Facts, grounds: Grounds, roster: Roster, day: string) {
    this.#facts = facts
    this.#grounds = grounds
    this.#roster = roster
    this.#kinds = new Makeups(facts, roster.fleet)
    this.#day = day
    this.#ground = grounds.on(day)
    this.#makeupOf = new Uint32Array(roster.numbers)
  }

  /** Counts every device, in steps of a few milliseconds. */
  *settle(): Generator<void> {
    const known = new Map<Makeup, number>()
    for (let device = 0; device < this.#makeupOf.length; device++) {
      if (device % stride === stride - 1) yield
      const pinned = this.#roster.pinned(device)
      const makeup = pinned === undefined ? this.#kinds.generated(device) : this.#kinds.pinned(pinned)
      let number = known.get(makeup)
      if (number === undefined) {
        number = this.#makeups.push(makeup) - 1
        known.set(makeup, number)
        this.#untouched.push({ profile: this.#seed(makeup), devices: 0, alerts: 0 })
      }
      this.#makeupOf[device] = number
      this.#count(device, undefined, 1)
    }
  }

  /** Profiles that at least one device is of. */
  *profiles(): Iterable<Profile> {
    for (const profile of this.#profiles.values()) if (profile.devices > 0) yield profile
  }

  /** What a device is. */
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

  /** What was done to a device; undefined when nothing was. */
  changes(device: number): { patching: Patching; software: readonly Installation[] | undefined } | undefined {
    const patching = this.#changed.get(device)
    return patching && { patching, software: this.#own.get(device)?.installations }
  }

  /** Devices to which something was done, or that were added, with what they are. */
  get changed(): ReadonlyMap<number, Patching & { readonly profile: Profile }> {
    return this.#changed
  }

  /** Gives devices updates and takes some from them; tells what each was. */
  *patch(
    devices: Iterable<number>,
    more: readonly Update[],
    less: readonly Update[]
  ): Iterable<{ device: number; before: Profile }> {
    // Devices of one makeup that nobody touched become the same.
    const alike = new Map<number, Changed | undefined>()
    for (const device of devices) {
      const before = this.profile(device)
      const changed = this.#changed.get(device)
      const makeup = this.#makeupOf[device]!
      if (changed === undefined && alike.has(makeup)) {
        this.#become(device, alike.get(makeup))
        yield { device, before }
        continue
      }
      const own = this.#patchedByItself(device)
      const now = { more: new Set(changed?.more), less: new Set(changed?.less) }
      for (const update of more) if (!now.less.delete(update) && !own.has(update)) now.more.add(update)
      for (const update of less) if (!now.more.delete(update) && own.has(update)) now.less.add(update)
      const after = this.#patched(device, now)
      if (changed === undefined) alike.set(makeup, after)
      this.#become(device, after)
      yield { device, before }
    }
  }

  /** Gives a device other software. */
  equip(device: number, installations: readonly Installation[]): void {
    const seeded = this.#roster.added.has(device) ? undefined : this.seededMakeup(device)
    const own = this.#kinds.with(this.makeup(device), installations, seeded)
    const { more, less } = this.#changed.get(device) ?? { more: nothing, less: nothing }
    const fits = (update: Update) => [...update.fixes.keys()].some(target => own.targets.has(target))
    if (own === seeded) this.#own.delete(device)
    else this.#own.set(device, own)
    const patching = { more: new Set([...more].filter(fits)), less: new Set([...less].filter(fits)) }
    this.#become(device, this.#patched(device, patching))
  }

  /** Counts a device that was added to the roster. */
  add(device: number, pinned: PinnedDevice): void {
    this.#own.set(device, this.#kinds.pinned(pinned))
    const after = this.#patched(device, { more: nothing, less: nothing })!
    this.#count(device, after, 1)
    this.#changed.set(device, after)
  }

  /** Counts a device no longer. */
  remove(device: number): void {
    this.#count(device, this.#changed.get(device), -1)
    this.#changed.delete(device)
    this.#own.delete(device)
  }

  /** Nothing was done to any device. `back` are those of the start that were removed. */
  reset(back: Iterable<number>): void {
    const again = new Set(back)
    for (const [device, changed] of this.#changed) {
      this.#count(device, changed, -1)
      if (device < this.#makeupOf.length) again.add(device)
    }
    this.#changed.clear()
    this.#own.clear()
    for (const device of again) this.#count(device, undefined, 1)
  }

  /** Everything again, on another day of the world. */
  turn(day: string): void {
    const before = this.#day
    this.#day = day
    this.#kept = this.#profiles
    this.#profiles = new Map()
    if (this.#facts.isQuiet(before, this.#day)) {
      for (const profile of this.#kept.values()) profile.devices = profile.alerts = profile.makeups = 0
    } else {
      this.#kept = nobody
      this.#ground = this.#grounds.on(this.#day)
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
  }

  #become(device: number, after: Changed | undefined): void {
    // The new one first: a profile that is both must not be forgotten in between.
    this.#count(device, after, 1)
    this.#count(device, this.#changed.get(device), -1)
    if (after === undefined) this.#changed.delete(device)
    else this.#changed.set(device, after)
  }

  /** What devices of a makeup are on the world's day, to which nobody did anything. */
  #seed(makeup: Makeup): Profile {
    const profile = this.#profileOf(makeup, { more: nothing, less: nothing })
    profile.makeups++
    return profile
  }

  /** What a device becomes; undefined when that is what it would be anyway. */
  #patched(device: number, patching: Patching): Changed | undefined {
    if (patching.more.size === 0 && patching.less.size === 0 && !this.#own.has(device)) return undefined
    return { ...patching, profile: this.#profileOf(this.makeup(device), patching) }
  }

  #patchedByItself(device: number): ReadonlySet<Update> {
    return patchedOn(this.#day, this.makeup(device), this.#ground.states).installed
  }

  #count(device: number, changed: Changed | undefined, by: 1 | -1): void {
    const counted = changed === undefined ? [this.#untouched[this.#makeupOf[device]!]!] : []
    const { profile } = changed ?? counted[0]!
    for (const one of [...counted, profile]) {
      one.devices += by
      if (this.#roster.hasAlert(device)) one.alerts += by
    }
    if (profile.devices === 0 && profile.makeups === 0) this.#profiles.delete(profile.key)
  }

  #profileOf(makeup: Makeup, { more, less }: Patching): Profile {
    const { installations, posture } = makeup
    const own = patchedOn(this.#day, makeup, this.#ground.states)
    const state = more.size === 0 && less.size === 0 ? own : this.#ground.states.changed(own, more, less)
    const condition = this.#ground.condition(installations, state, posture)
    let profile = this.#profiles.get(condition.key)
    if (profile === undefined) {
      profile = this.#kept.get(condition.key) ?? new Profile(condition)
      this.#profiles.set(condition.key, profile)
    }
    return profile
  }
}
