import type { AssetSoftware, AssetVulnerability, DeltaAssetVulnerability } from '../model/export.js'
import type { Condition, Installation } from './condition.js'
import type { CveDetails } from './cves.js'
import { daysBefore } from './days.js'
import type { Product } from './facts.js'
import type { Finding } from './findings.js'
import { firstSeen, lastSeen } from './machines.js'
import { updateLink, updateName } from './missing-kbs.js'
import { type DeviceRows, indexDevices, perDevice } from './per-device.js'
import type { Profile } from './profile.js'
import { traces } from './software-evidence.js'
import type { World } from './world.js'

/** Support that ends within so many days is ending (assumed). */
const soon = 183

/** Every product on every device. */
export function softwareByMachine(world: World): DeviceRows<AssetSoftware> {
  const index = world.derived('installations', () => indexDevices(world, ({ installations }) => installations.length))
  const identityOf = identities(world, 0)
  return perDevice(
    world,
    index,
    'deviceId',
    ({ installations }) => installations,
    (device, installation, profile) => {
      const { described, first } = identityOf(device)
      const { product } = installation
      return {
        ...described,
        softwareVendor: product.vendor,
        softwareName: product.name,
        softwareVersion: profile.versionOf(installation),
        numberOfWeaknesses: profile.exposure.get(product)?.cves.size ?? 0,
        ...traces(installation, described.osPlatform),
        softwareFirstSeenTimestamp: timestamp(first),
        ...supportOf(world, product, profile)
      }
    }
  )
}

/** What is listed of an installation: its open CVEs one by one, or itself when there are none (documented). */
type Item = Finding | { installation: Installation; version: string | null; cve: null; fix: null }

/** Every CVE on every device through every product, and every product without one. */
export function vulnerabilitiesByMachine(world: World, now: number): DeviceRows<AssetVulnerability> {
  const known = new Map<Profile, readonly Item[]>()
  const items = (profile: Profile) => {
    const own = known.get(profile) ?? itemsOf(profile)
    known.set(profile, own)
    return own
  }
  const index = world.derived('items', () => indexDevices(world, profile => items(profile).length))
  const identityOf = identities(world, now)
  return perDevice(world, index, 'deviceId', items, (device, item, profile) =>
    describe(world, identityOf(device), item, profile.condition)
  )
}

export interface Change {
  item: Item
  status: 'New' | 'Fixed' | 'Updated'
  /** Milliseconds since 1970. */
  at: number
}

/** A change of what is open on a device, described as it was before (Fixed) or is after. */
export function describeChange(
  world: World,
  identity: Identity,
  { item, status, at }: Change,
  condition: Condition
): DeltaAssetVulnerability {
  return {
    ...describe(world, identity, item, condition),
    status,
    eventTimestamp: new Date(at).toISOString().replace('.000Z', 'Z')
  }
}

function itemsOf(profile: Profile): Item[] {
  const { installations, findings, exposure } = profile
  return installations.flatMap((installation): Item[] =>
    exposure.has(installation.product)
      ? findings.filter(finding => finding.installation === installation)
      : [{ installation, version: profile.versionOf(installation), cve: null, fix: null }]
  )
}

function describe(world: World, identity: Identity, item: Item, condition: Condition): AssetVulnerability {
  const { device, described, first, last } = identity
  const { installation, version, cve, fix } = item
  const { vendor, name } = installation.product
  const details = cve === null ? undefined : world.cves.details(cve)
  const cveId = cve === null ? null : world.facts.cves[cve]!.id
  const since = Math.max(first, details === undefined ? 0 : Date.parse(details.published))
  return {
    // As the pages print it: the last part is empty there too.
    id: `${described.deviceId}_${name}_${version ?? ''}_${cveId ?? ''}_`,
    ...described,
    osVersion: osVersion(world, device, condition),
    osArchitecture: 'x64',
    softwareVendor: vendor,
    softwareName: name,
    softwareVersion: version,
    cveId,
    vulnerabilitySeverityLevel: details?.severity ?? null,
    recommendedSecurityUpdate: fix === null ? null : updateName(fix),
    recommendedSecurityUpdateId: fix?.id ?? null,
    recommendedSecurityUpdateUrl: fix === null ? null : updateLink(fix),
    ...traces(installation, described.osPlatform),
    lastSeenTimestamp: timestamp(last),
    firstSeenTimestamp: timestamp(since),
    ...supportOf(world, installation.product, condition),
    exploitabilityLevel: exploitability(details),
    recommendationReference: `va-_-${vendor}-_-${name}`,
    cvssScore: details?.score ?? 0,
    securityUpdateAvailable: true,
    cveMitigationStatus: null
  }
}

/** What all rows of a device say of it. */
export interface Identity {
  device: number
  described: Pick<AssetSoftware, 'deviceId' | 'rbacGroupId' | 'rbacGroupName' | 'deviceName'> & { osPlatform: string }
  /** When it was first and last seen, in milliseconds since 1970. */
  first: number
  last: number
}

/** Of one device after another: rows of a device stand together, so the latest is remembered. */
export function identities(world: World, now: number): (device: number) => Identity {
  let latest: Identity | undefined
  return device => {
    if (latest?.device === device) return latest
    const { id, name } = world.group(device)
    const described = {
      deviceId: world.id(device),
      rbacGroupId: id,
      rbacGroupName: name ?? 'Unassigned',
      deviceName: world.computerDnsName(device),
      osPlatform: world.osPlatform(device)
    }
    latest = { device, described, first: firstSeen(world, device), last: lastSeen(world, device, now) }
    return latest
  }
}

/** That of the Windows product, or what the distribution calls itself. */
function osVersion(world: World, device: number, condition: Condition): string | null {
  const windows = condition.installations.find(({ product }) => product.kind === 'windows')
  return windows === undefined ? world.version(device) : condition.versionOf(windows)
}

function supportOf({ facts, day }: World, product: Product, { patches }: Pick<Condition, 'patches'>) {
  const build = [...patches.targets].find(target => target.product === product)?.build ?? null
  const end = facts.endOfSupport(product, build)
  if (end === undefined || daysBefore(end.date, soon) > day)
    return { endOfSupportStatus: 'None', endOfSupportDate: null }
  const kind = end.of === 'version' ? 'EOS Version' : 'EOS Software'
  return {
    endOfSupportStatus: end.date <= day ? kind : `Upcoming ${kind}`,
    endOfSupportDate: `${end.date}T00:00:00+00:00`
  }
}

function exploitability(details: CveDetails | undefined): string {
  if (details?.exploitInKit) return 'ExploitIsInKit'
  if (details?.exploitVerified) return 'ExploitIsVerified'
  return details?.publicExploit ? 'ExploitIsPublic' : 'NoExploit'
}

/** As the exports write times: `2020-12-30 11:07:15`. */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')
}
