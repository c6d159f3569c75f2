import { Contradiction, NotFound } from './errors.js'
import type { Fleet } from './fleet.js'
import { numberOf } from './machines.js'
import type { PinnedDevice } from './pinned.js'
import type { Scenario } from './scenario.js'
import { firstAbove } from './search.js'

/** The devices of a moment, one after another as `/api/machines` lists them. It stays as it is when others come and go. */
export interface Order {
  readonly length: number
  at(position: number): number
  /** Undefined when the device is not among them. */
  positionOf(device: number): number | undefined
}

/** A device group; id 0 and no name is "in no group". */
export interface DeviceGroup {
  readonly id: number
  readonly name: string | null
}

/** What somebody wrote on a device while the emulator ran. */
interface Label {
  tags?: readonly string[]
  group?: DeviceGroup
}

/** A device that was added, and when: milliseconds since 1970, by the clock. */
export interface Added {
  readonly device: PinnedDevice
  readonly at: number
}

/** Groups that no scenario numbers get ids from here. */
const firstOwnGroup = 1001

/** Ids of the groups of a scenario that have names. */
export function groupsOf({ groups }: Scenario): Map<string, number> {
  return new Map(groups.flatMap(({ id, name }) => (name === null ? [] : [[name, id]])))
}

/** The group of this name, with the next free id when there is none. */
export function groupNamed(name: string | null, known: ReadonlyMap<string, number>): DeviceGroup {
  if (name === null) return { id: 0, name }
  return { id: known.get(name) ?? Math.max(firstOwnGroup - 1, ...known.values()) + 1, name }
}

/**
 * Which devices there are and what they are called. Devices are numbers: generated ones first, then those that somebody
 * wrote down (one whose id was generated takes the generated one's place), then those that were added. A number is
 * given once; who is removed leaves a gap.
 */
export class Roster {
  readonly fleet: Fleet
  readonly #pinned = new Map<number, PinnedDevice>()
  readonly #seededIds = new Map<string, number>()
  readonly #seededNames = new Map<string, number[]>()
  readonly #seeded: number
  readonly #seededGroups: number
  readonly #groups = new Map<string, number>()
  readonly #added = new Map<number, Added>()
  readonly #ids = new Map<string, number>()
  readonly #names = new Map<string, number[]>()
  readonly #removed = new Set<number>()
  readonly #labels = new Map<number, Label>()
  #numbers: number
  #order: Order

  constructor(fleet: Fleet, pinned: readonly PinnedDevice[]) {
    this.fleet = fleet
    for (const [name, id] of groupsOf(fleet.scenario)) this.#groups.set(name, id)
    let numbers = fleet.size
    for (const device of pinned) {
      const number = fleet.byId(device.id) ?? numbers++
      this.#pinned.set(number, device)
      this.#seededIds.set(device.id.toLowerCase(), number)
      enter(this.#seededNames, device.computerDnsName, number)
      const { id, name } = device.group
      if (name !== null) this.#groups.set(name, id)
    }
    this.#seeded = numbers
    this.#seededGroups = this.#groups.size
    this.#numbers = numbers
    this.#order = everyone(numbers)
  }

  /** Numbers that were given so far; some of their devices may be gone. */
  get numbers(): number {
    return this.#numbers
  }

  get order(): Order {
    return this.#order
  }

  /** A device that somebody wrote down. */
  pinned(device: number): PinnedDevice | undefined {
    return (this.#added.size === 0 ? undefined : this.#added.get(device)?.device) ?? this.#pinned.get(device)
  }

  id(device: number): string {
    return this.pinned(device)?.id ?? this.fleet.id(device)
  }

  computerDnsName(device: number): string {
    return this.pinned(device)?.computerDnsName ?? this.fleet.name(device)
  }

  group(device: number): DeviceGroup {
    return this.#labels.get(device)?.group ?? this.pinned(device)?.group ?? this.fleet.group(device)
  }

  tags(device: number): string[] {
    const written = this.#labels.get(device)?.tags ?? this.pinned(device)?.tags
    return written === undefined ? this.fleet.tags(device) : [...written]
  }

  /** The group of this name; one that has no id yet gets one. */
  groupNamed(name: string | null): DeviceGroup {
    return groupNamed(name, this.#groups)
  }

  /** Ids of the groups that have names. */
  get groups(): ReadonlyMap<string, number> {
    return this.#groups
  }

  /** Those that had no id at the start. */
  get newGroups(): [name: string, id: number][] {
    return [...this.#groups].slice(this.#seededGroups)
  }

  /** Gives groups the ids that they had. */
  giveGroups(groups: readonly [name: string, id: number][]): void {
    for (const [name, id] of groups) if (!this.#groups.has(name)) this.#groups.set(name, id)
  }

  /** The device with this id, without regard to case. */
  byId(id: string): number | undefined {
    const device = this.#numbered(id)
    return device !== undefined && this.lives(device) ? device : undefined
  }

  /** The device with this name; of several the one that duplicates no other. */
  byName(name: string): number | undefined {
    return this.named(name)[0]
  }

  /** The devices with this name, without regard to case, in their order but for duplicates, which are last. */
  named(name: string): number[] {
    const asked = name.toLowerCase()
    const written = [...(this.#names.get(asked) ?? []), ...(this.#seededNames.get(asked) ?? [])].filter(
      device => this.lives(device) && this.computerDnsName(device).toLowerCase() === asked
    )
    const rolled = this.fleet.byName(name)
    if (rolled !== undefined && this.pinned(rolled) === undefined && this.lives(rolled)) written.push(rolled)
    const rank = (device: number) => (this.duplicateOf(device) === undefined ? 0 : 1)
    return [...new Set(written)].sort((a, b) => rank(a) - rank(b) || a - b)
  }

  /** Id of the device of which this is an earlier record. */
  duplicateOf(device: number): string | undefined {
    return this.pinned(device)?.duplicateOf
  }

  /** The device with this internal address. */
  byAddress(address: string): number | undefined {
    const device = numberOf(address)
    if (device !== undefined && device < this.#numbers && this.lives(device)) {
      if (this.pinned(device)?.reported?.lastIpAddress === undefined) return device
    }
    const written = [...this.#pinned.keys(), ...this.#added.keys()]
    return written.find(one => this.lives(one) && this.pinned(one)!.reported?.lastIpAddress === address)
  }

  /** Whether a generated device has an open alert; others have none. */
  hasAlert(device: number): boolean {
    return device < this.fleet.size && this.fleet.hasAlert(device)
  }

  lives(device: number): boolean {
    return this.#removed.size === 0 || !this.#removed.has(device)
  }

  /**
   * A device more; its number. One that was removed comes back under its old number. `at` is the clock's time in
   * milliseconds since 1970.
   */
  add(device: PinnedDevice, at: number, number = this.#numbered(device.id) ?? this.#numbers): number {
    const twin = this.byId(device.id)
    if (twin !== undefined) throw new Contradiction(`Machine ${device.id} exists already`)
    const namesake = this.byName(device.computerDnsName)
    if (namesake !== undefined && device.duplicateOf === undefined) {
      throw new Contradiction(`${device.computerDnsName} is the name of machine ${this.id(namesake)} already`)
    }
    this.#added.set(number, { device, at })
    this.#ids.set(device.id.toLowerCase(), number)
    enter(this.#names, device.computerDnsName, number)
    if (device.group.name !== null) this.#groups.set(device.group.name, device.group.id)
    this.#labels.delete(number)
    this.#removed.delete(number)
    // Numbers between the last and this one were somebody's who is gone.
    for (; this.#numbers <= number; this.#numbers++) if (this.#numbers < number) this.#removed.add(this.#numbers)
    this.#arrange()
    return number
  }

  remove(device: number): void {
    this.#removed.add(device)
    this.#arrange()
  }

  /** Writes tags and group on a device; what is undefined stays. */
  label(device: number, tags: readonly string[] | undefined, group: DeviceGroup | undefined): void {
    if (group?.name != null) this.#groups.set(group.name, group.id)
    const label = this.#labels.get(device)
    this.#labels.set(device, { ...label, ...(tags && { tags }), ...(group && { group }) })
  }

  /** What was written on devices. */
  get labels(): ReadonlyMap<number, Label> {
    return this.#labels
  }

  /** Devices that were added, by number. */
  get added(): ReadonlyMap<number, Added> {
    return this.#added
  }

  get removed(): ReadonlySet<number> {
    return this.#removed
  }

  /** Whether there are others than at the start, or they are called otherwise. */
  get isChanged(): boolean {
    return this.#added.size + this.#removed.size + this.#labels.size > 0
  }

  /** Back to the devices of the start. */
  reset(): void {
    for (const map of [this.#added, this.#ids, this.#names, this.#removed, this.#labels]) map.clear()
    for (const [name] of this.newGroups) this.#groups.delete(name)
    this.#numbers = this.#seeded
    this.#order = everyone(this.#seeded)
  }

  /** Its number, whether it lives or not. */
  #numbered(id: string): number | undefined {
    const asked = id.toLowerCase()
    return this.#ids.get(asked) ?? this.#seededIds.get(asked) ?? this.fleet.byId(asked)
  }

  #arrange(): void {
    if (this.#removed.size === 0) {
      this.#order = everyone(this.#numbers)
      return
    }
    const living = new Uint32Array(this.#numbers - this.#removed.size)
    let length = 0
    for (let device = 0; device < this.#numbers; device++) if (!this.#removed.has(device)) living[length++] = device
    this.#order = {
      length,
      at: position => living[position]!,
      positionOf: device => {
        const position = firstAbove(length, place => living[place]!, device - 1)
        return living[position] === device ? position : undefined
      }
    }
  }
}

function enter(names: Map<string, number[]>, name: string, number: number): void {
  const known = names.get(name.toLowerCase())
  if (known === undefined) names.set(name.toLowerCase(), [number])
  else known.push(number)
}

function everyone(length: number): Order {
  return {
    length,
    at: position => position,
    positionOf: device => (device < length ? device : undefined)
  }
}

/** The device with this id, or an error for who asked for it. */
export function existing(device: number | undefined, asked: string): number {
  if (device === undefined) throw new NotFound(`Machine ${asked} was not found`)
  return device
}
