import { setImmediate as breathe } from 'node:timers/promises'
import { type Machine, Machine as Schema } from '../model/machine.js'
import type { Cosmetics, Paint } from './cosmetics.js'
import { dayLength, dayOf, daysBefore } from './days.js'
import type { Profile } from './profile.js'
import type { World } from './world.js'

/** Rolls of a device that only its own description needs (`Fleet.roll`). */
const field = {
  health: 1000,
  lag: 1001,
  phase: 1002,
  ticks: 1003,
  firstDay: 1004,
  firstTime: 1005,
  firstTicks: 1006,
  site: 1007,
  value: 1008,
  duplicate: 1009,
  joined: 1010,
  directory: 1011,
  agent: 1015,
  azure: 1016,
  cosmetics: 1017
} as const

type Roll = (field: number, n: number) => number

/** Devices between two breaths. */
const stride = 20_000
const isoLength = 'YYYY-MM-DDTHH:MM:SS.mmm'.length

/** The type without its index signature, which stands for what clients may add. */
type Described = { [Name in keyof Machine as string extends Name ? never : Name]: Machine[Name] }

const names = Object.keys(Schema.properties) as (keyof Described)[]

/** One device as `/api/machines` describes it, at an instant of the clock. */
export function machine(world: World, device: number, now: number, cosmetics: Cosmetics): Described {
  const description = new Description(world, device, now, cosmetics)
  const reported = world.roster.pinned(device)?.reported
  if (reported !== undefined) {
    for (const [name, value] of Object.entries(reported)) Object.defineProperty(description, name, { value })
  }
  return description
}

/** Properties are worked out when they are looked at: a filter that reads a million devices asks for one or two. */
class Description implements Described {
  readonly #world: World
  readonly #device: number
  readonly #now: number
  readonly #cosmetics: Cosmetics
  readonly #roll: Roll
  #dyed: Paint | undefined

  constructor(world: World, device: number, now: number, cosmetics: Cosmetics) {
    this.#world = world
    this.#device = device
    this.#now = now
    this.#cosmetics = cosmetics
    this.#roll = world.fleet.rolls(device)
  }

  toJSON(): Described {
    const plain: Record<string, unknown> = {}
    for (const name of names) plain[name] = this[name]
    return plain as unknown as Described
  }

  get id() {
    return this.#world.id(this.#device)
  }

  get mergedIntoMachineId() {
    return this.#world.roster.duplicateOf(this.#device) ?? null
  }

  get isPotentialDuplication() {
    return this.mergedIntoMachineId !== null || this.#roll(field.duplicate, 100) === 1
  }

  get isExcluded() {
    return false
  }

  get exclusionReason() {
    return null
  }

  get computerDnsName() {
    return this.#world.computerDnsName(this.#device)
  }

  get firstSeen() {
    return instant(firstSeen(this.#world, this.#device), this.#roll(field.firstTicks, 10_000))
  }

  get lastSeen() {
    return instant(lastSeen(this.#world, this.#device, this.#now), this.#roll(field.ticks, 10_000))
  }

  get osPlatform() {
    return this.#world.osPlatform(this.#device)
  }

  get osProcessor() {
    return 'x64'
  }

  get version() {
    return this.#world.version(this.#device)
  }

  get lastIpAddress(): string | null {
    return addressOf(this.#device)
  }

  get lastExternalIpAddress() {
    return `203.0.113.${1 + this.#roll(field.site, 254)}`
  }

  get agentVersion() {
    return `10.8800.${this.osBuild ?? 0}.${1000 + this.#roll(field.agent, 4000)}`
  }

  get osBuild() {
    return this.#world.osBuild(this.#device)
  }

  get healthStatus() {
    return healthOf(this.#world, this.#device)
  }

  get deviceValue() {
    const perCent = this.#roll(field.value, 100)
    return perCent < 90 ? 'Normal' : perCent < 97 ? 'High' : 'Low'
  }

  get rbacGroupId() {
    return this.#world.group(this.#device).id
  }

  get rbacGroupName() {
    return this.#world.group(this.#device).name
  }

  get riskScore() {
    return riskOf(this.exposureLevel, this.#world.hasAlert(this.#device))
  }

  get exposureLevel() {
    return exposureOf(this.#world.profile(this.#device))
  }

  get isAadJoined() {
    const { osPlatform } = this
    const client = osPlatform === 'Windows10' || osPlatform === 'Windows11'
    return client && this.#roll(field.joined, 10) < 8
  }

  get aadDeviceId() {
    return this.isAadJoined ? guid(field.directory, this.#roll) : null
  }

  get machineTags() {
    return this.#world.tags(this.#device)
  }

  get onboardingStatus() {
    return 'Onboarded' as const
  }

  get osArchitecture() {
    return '64-bit'
  }

  get managedBy() {
    if (this.isAadJoined) return 'Intune'
    return this.#isServer ? 'MicrosoftDefenderForEndpoint' : 'Unknown'
  }

  get managedByStatus() {
    return this.isAadJoined || this.#isServer ? 'Success' : 'Unknown'
  }

  get ipAddresses(): Machine['ipAddresses'] {
    const { lastIpAddress: ipAddress } = this
    const { macAddress } = this.#paint
    const loopback = {
      ipAddress: '127.0.0.1',
      macAddress: null,
      type: 'SoftwareLoopback',
      operationalStatus: 'Up'
    } as const
    return ipAddress === null
      ? [loopback]
      : [{ ipAddress, macAddress, type: 'Ethernet', operationalStatus: 'Up' }, loopback]
  }

  get vmMetadata(): Machine['vmMetadata'] {
    const azure = this.#isServer && this.#roll(field.azure, 10) < 3
    if (!azure) return null
    const { vmId, subscriptionId, resourceGroup } = this.#paint
    const name = this.computerDnsName.split('.')[0]
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
    return {
      vmId,
      cloudProvider: 'Azure',
      resourceId: `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
      subscriptionId
    }
  }

  get #isServer() {
    return this.osPlatform.startsWith('WindowsServer')
  }

  get #paint() {
    this.#dyed ??= this.#cosmetics(this.#roll(field.cosmetics, 0x1_0000_0000))
    return this.#dyed
  }
}

/** The internal address of a device: one for each of a million. */
function addressOf(device: number): string {
  return `10.${Math.floor(device / 65_024)}.${Math.floor(device / 254) % 256}.${1 + (device % 254)}`
}

/** The number that a device with this internal address has. */
export function numberOf(address: string): number | undefined {
  const [, a, b, c] = /^10\.(\d+)\.(\d+)\.(\d+)$/.exec(address) ?? []
  const device = Number(a) * 65_024 + Number(b) * 254 + Number(c) - 1
  return a !== undefined && addressOf(device) === address ? device : undefined
}

/** Devices of which a tag holds, in the order of `/api/machines`. */
export async function machinesTagged(world: World, holds: (tag: string) => boolean): Promise<number[]> {
  const devices: number[] = []
  for (const device of world.devices()) {
    if (device % stride === stride - 1) await breathe()
    if (world.tags(device).some(holds)) devices.push(device)
  }
  return devices
}

/** Whether a device sent one of its daily reports within `around` milliseconds of an instant. */
export function wasSeen(world: World, device: number, at: number, around: number, now: number): boolean {
  const last = lastSeen(world, device, now)
  const days = Math.round((last - at) / dayLength)
  return days >= 0 && Math.abs(last - days * dayLength - at) <= around
}

/** How far the open CVEs of a device expose it (assumed: the service's thresholds are not public). */
export function exposureOf({ exposure }: Profile): Machine['exposureLevel'] {
  let open = 0
  let exploited = false
  for (const { cves, publicExploit } of exposure.values()) {
    open += cves.size
    exploited ||= publicExploit
  }
  if (open === 0) return 'None'
  if (exploited || open > 250) return 'High'
  return open > 60 ? 'Medium' : 'Low'
}

/** An open alert weighs as much as what is exposed (assumed). */
function riskOf(exposure: Machine['exposureLevel'], alert: boolean): Machine['riskScore'] {
  if (alert) return exposure === 'None' ? 'Informational' : exposure
  return exposure === 'High' ? 'Low' : 'None'
}

function healthOf({ roster, fleet }: World, device: number): Machine['healthStatus'] {
  const said = roster.pinned(device)?.reported?.healthStatus
  if (said !== undefined) return said
  // Who was added just now has reported just now.
  if (roster.added.has(device)) return 'Active'
  const perThousand = fleet.rolls(device)(field.health, 1000)
  if (perThousand < 915) return 'Active'
  if (perThousand < 975) return 'Inactive'
  return perThousand < 990 ? 'ImpairedCommunication' : 'NoSensorData'
}

/**
 * A device sends a full report every 24 hours (page machine.md): each at its own time of day, so that `lastSeen` stays
 * the same between two reports. Inactive devices have been silent for more than seven days.
 */
function lastReport(now: number, roll: Roll, health: Machine['healthStatus']): number {
  const phase = roll(field.phase, dayLength)
  const last = Math.floor((now - phase) / dayLength) * dayLength + phase
  return health === 'Inactive' ? last - (8 + roll(field.lag, 20)) * dayLength : last
}

/** When a device was first seen, in milliseconds since 1970. */
export function firstSeen({ fleet, roster, start }: World, device: number): number {
  const { firstSeen, lastSeen } = roster.pinned(device)?.reported ?? {}
  if (firstSeen !== undefined) return Date.parse(firstSeen)
  const first = roster.added.get(device)?.at ?? firstReport(start, fleet.rolls(device))
  return lastSeen === undefined ? first : Math.min(first, Date.parse(lastSeen))
}

/** When a device was last seen, at an instant of the clock. */
export function lastSeen(world: World, device: number, now: number): number {
  const said = world.roster.pinned(device)?.reported?.lastSeen
  if (said !== undefined) return Date.parse(said)
  const last = lastReport(now, world.fleet.rolls(device), healthOf(world, device))
  return Math.max(last, world.roster.added.get(device)?.at ?? last)
}

/** Before the world began, so that it stays the same while world time goes on. */
function firstReport(start: number, roll: Roll): number {
  return Date.parse(daysBefore(dayOf(start), 30 + roll(field.firstDay, 870))) + roll(field.firstTime, dayLength)
}

/** DateTimeOffset as the service writes it: UTC, up to seven fractional digits, trailing zeros trimmed. */
function instant(milliseconds: number, ticks: number): string {
  const text = new Date(milliseconds).toISOString().slice(0, isoLength) + String(ticks).padStart(4, '0')
  return `${text.replace(/\.?0+$/, '')}Z`
}

function guid(start: number, roll: (field: number, n: number) => number): string {
  const hex = [0, 1, 2, 3]
    .map(i =>
      roll(start + i, 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0')
    )
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
