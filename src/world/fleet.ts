import { Chance } from './chance.js'
import { daysBefore } from './days.js'
import type { Bundle, Cohort, Group, Platform, Ring, Scenario } from './scenario.js'

/** What is rolled for a device, each with a field number of its own: adding one never moves another. */
const field = { platform: 1, ring: 2, bundle: 3, group: 4, alert: 5, tag: 100 } as const

/** One device in fifty has an open alert (assumed: alerts themselves are not served). */
const alertsPerThousand = 20

export interface FleetKey {
  worldVersion: string
  seed: number
  tenant: string
  /** Computer names end with it. */
  domain: string
  machines: number
}

/** How devices are kept. */
export interface Habit {
  readonly name: string
  /** The day until which they have taken every update, on a day of the world. */
  until(day: string): string
  /** Ids of configurations that they lack. */
  readonly misconfigured: readonly string[]
}

interface Block {
  start: number
  devices: number
  chance: Chance
  cohort: Cohort | undefined
}

/**
 * The generated devices, numbered from 0. Every trait is rolled from the device's number when somebody asks, and an id
 * or a name leads back to the number by arithmetic: a million devices need no table.
 */
export class Fleet {
  readonly size: number
  readonly scenario: Scenario
  readonly #key: FleetKey
  readonly #blocks: Block[] = []
  readonly #guests: Chance
  readonly #byRole = new Map<string, { bundles: Bundle[]; groups: Group[] }>()
  readonly #habits = new Map<Ring | Cohort, Habit>()
  readonly #pinned = new Map<string, number>()

  constructor(scenario: Scenario, key: FleetKey) {
    this.scenario = scenario
    this.#key = key
    for (const { role } of scenario.platforms) {
      this.#byRole.set(role, {
        bundles: scenario.bundles.filter(bundle => bundle.roles.includes(role)),
        groups: scenario.groups.filter(group => group.roles.includes(role))
      })
    }
    for (const ring of scenario.rings) this.#habits.set(ring, habitOf(`ring ${ring.name}`, ring))
    const chance = (kind: string) => new Chance(key.worldVersion, key.seed, key.tenant, kind)
    const cohorts = scenario.cohorts.filter(cohort => key.machines >= cohort.from)
    const inCohorts = cohorts.reduce((sum, cohort) => sum + cohort.devices, 0)
    this.#guests = chance('pinned')
    let start = 0
    const add = (devices: number, kind: string, cohort?: Cohort) => {
      this.#blocks.push({ start, devices, chance: chance(kind), cohort })
      if (cohort?.id !== undefined) this.#pinned.set(cohort.id, start)
      start += devices
    }
    add(Math.max(0, key.machines - inCohorts), 'machine')
    for (const [index, cohort] of cohorts.entries()) {
      add(cohort.devices, `cohort ${index}`, cohort)
      this.#habits.set(cohort, habitOf(`until ${cohort.until}`, cohort))
    }
    this.size = start
  }

  id(device: number): string {
    const { block, index } = this.#locate(device)
    return block.cohort?.id ?? block.chance.id(index)
  }

  /** The number of the device with this id, or undefined. */
  byId(id: string): number | undefined {
    const asked = id.toLowerCase()
    if (!/^[0-9a-f]{40}$/.test(asked)) return undefined
    const pinned = this.#pinned.get(asked)
    if (pinned !== undefined) return pinned
    for (const block of this.#blocks) {
      const index = block.chance.indexOf(asked)
      if (index !== undefined && index < block.devices && block.cohort?.id === undefined) return block.start + index
    }
    return undefined
  }

  name(device: number): string {
    const { block, index } = this.#locate(device)
    const serial = block.chance.permute(index).toString(36).padStart(7, '0')
    return `${this.platform(device).prefix}-${serial}.${this.#key.domain}`
  }

  /** The number of the device with this computer name, or undefined. */
  byName(name: string): number | undefined {
    const asked = name.toLowerCase()
    const serial = /^[a-z]+-([0-9a-z]{7})\./.exec(asked)?.[1]
    if (serial === undefined) return undefined
    const permuted = Number.parseInt(serial, 36)
    if (permuted > 0xffff_ffff) return undefined
    for (const block of this.#blocks) {
      const index = block.chance.unpermute(permuted)
      if (index < block.devices && this.name(block.start + index) === asked) return block.start + index
    }
    return undefined
  }

  platform(device: number): Platform {
    const { block, index } = this.#locate(device)
    if (block.cohort !== undefined) {
      const { platform } = block.cohort
      return this.scenario.platforms.find(({ name }) => name === platform)!
    }
    return block.chance.weighted(this.scenario.platforms, index, field.platform)
  }

  /** How the device is kept: when it takes its updates, and which configurations it lacks. */
  habit(device: number): Habit {
    const { block, index } = this.#locate(device)
    return this.#habits.get(block.cohort ?? block.chance.weighted(this.scenario.rings, index, field.ring))!
  }

  bundle(device: number): Bundle {
    const { block, index } = this.#locate(device)
    return block.chance.weighted(this.#byRole.get(this.platform(device).role)!.bundles, index, field.bundle)
  }

  group(device: number): Group {
    const { block, index } = this.#locate(device)
    return block.chance.weighted(this.#byRole.get(this.platform(device).role)!.groups, index, field.group)
  }

  tags(device: number): string[] {
    const { block, index } = this.#locate(device)
    const { role } = this.platform(device)
    return this.scenario.tags
      .filter(
        ({ roles, percent }, n) => roles.includes(role) && block.chance.below(100, index, field.tag + n) < percent
      )
      .map(({ tag }) => tag)
  }

  hasAlert(device: number): boolean {
    return this.rolls(device)(field.alert, 1000) < alertsPerThousand
  }

  /**
   * The dice of a device for fields that are not rolled here (from 1,000 up): an integer from 0 to `n - 1`. Devices that
   * somebody wrote down follow the generated ones.
   */
  rolls(device: number): (fieldNumber: number, n: number) => number {
    if (device >= this.size) {
      const guest = device - this.size
      return (fieldNumber, n) => this.#guests.below(n, guest, fieldNumber)
    }
    const { block, index } = this.#locate(device)
    return (fieldNumber, n) => block.chance.below(n, index, fieldNumber)
  }

  #locate(device: number): { block: Block; index: number } {
    const block = this.#blocks.find(({ start, devices }) => device < start + devices)
    if (block === undefined) throw new RangeError(`no device number ${device}`)
    return { block, index: device - block.start }
  }
}

function habitOf(name: string, { until, delayDays = 0, misconfigured = [] }: Partial<Ring>): Habit {
  return {
    name,
    until: day => {
      const own = until ?? daysBefore(day, delayDays)
      return own < day ? own : day
    },
    misconfigured
  }
}
