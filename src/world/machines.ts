import { setImmediate as breathe } from 'node:timers/promises'
import type { Machine } from '../model/machine.js'
import type { Cosmetics, Paint } from './cosmetics.js'
import { daysBefore } from './fleet.js'
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
const dayLength = 86_400_000
const isoLength = 'YYYY-MM-DDTHH:MM:SS.mmm'.length

/** One device as `/api/machines` describes it, at an instant of the clock. */
export function machine(world: World, device: number, now: number, cosmetics: Cosmetics): Machine {
  const { fleet } = world
  const roll = fleet.rolls(device)

  const group = world.group(device)
  const osPlatform = world.osPlatform(device)
  const osBuild = world.osBuild(device)
  const health = healthOf(roll(field.health, 1000))
  const exposureLevel = exposureOf(world.profile(device))
  const server = osPlatform.startsWith('WindowsServer')
  const client = osPlatform === 'Windows10' || osPlatform === 'Windows11'
  const joined = client && roll(field.joined, 10) < 8
  const azure = server && roll(field.azure, 10) < 3
  let dyed: Paint | undefined
  const paint = () => {
    dyed ??= cosmetics(roll(field.cosmetics, 0x1_0000_0000))
    return dyed
  }
  const host = addressOf(device)
  return {
    id: world.id(device),
    mergedIntoMachineId: null,
    isPotentialDuplication: roll(field.duplicate, 100) === 1,
    isExcluded: false,
    exclusionReason: null,
    computerDnsName: world.computerDnsName(device),
    firstSeen: instant(firstReport(world.day, roll), roll(field.firstTicks, 10_000)),
    lastSeen: instant(lastReport(now, roll, health), roll(field.ticks, 10_000)),
    osPlatform,
    osProcessor: 'x64',
    version: world.version(device),
    lastIpAddress: host,
    lastExternalIpAddress: `203.0.113.${1 + roll(field.site, 254)}`,
    agentVersion: `10.8800.${osBuild ?? 0}.${1000 + roll(field.agent, 4000)}`,
    osBuild,
    healthStatus: health,
    deviceValue: roll(field.value, 100) < 90 ? 'Normal' : roll(field.value, 100) < 97 ? 'High' : 'Low',
    rbacGroupId: group.id,
    rbacGroupName: group.name,
    riskScore: riskOf(exposureLevel, world.hasAlert(device)),
    exposureLevel,
    isAadJoined: joined,
    aadDeviceId: joined ? guid(field.directory, roll) : null,
    machineTags: world.tags(device),
    onboardingStatus: 'Onboarded',
    osArchitecture: '64-bit',
    managedBy: joined ? 'Intune' : server ? 'MicrosoftDefenderForEndpoint' : 'Unknown',
    managedByStatus: joined || server ? 'Success' : 'Unknown',
    // Made when they are looked at: a filter that reads thousands of rows mostly does not.
    get ipAddresses() {
      return [
        {
          ipAddress: host,
          macAddress: paint().macAddress,
          type: 'Ethernet' as const,
          operationalStatus: 'Up' as const
        },
        {
          ipAddress: '127.0.0.1',
          macAddress: null,
          type: 'SoftwareLoopback' as const,
          operationalStatus: 'Up' as const
        }
      ]
    },
    get vmMetadata() {
      if (!azure) return null
      const { vmId, subscriptionId, resourceGroup } = paint()
      const name = world.computerDnsName(device).split('.')[0]
      return {
        vmId,
        cloudProvider: 'Azure' as const,
        resourceId: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`,
        subscriptionId
      }
    }
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
  for (let device = 0; device < world.size; device++) {
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

function healthOf(perThousand: number): Machine['healthStatus'] {
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
export function firstSeen({ fleet, day }: World, device: number): number {
  return firstReport(day, fleet.rolls(device))
}

/** When a device was last seen, at an instant of the clock. */
export function lastSeen({ fleet }: World, device: number, now: number): number {
  const roll = fleet.rolls(device)
  return lastReport(now, roll, healthOf(roll(field.health, 1000)))
}

function firstReport(day: string, roll: Roll): number {
  return Date.parse(daysBefore(day, 30 + roll(field.firstDay, 870))) + roll(field.firstTime, dayLength)
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
