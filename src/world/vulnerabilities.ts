import type { PublicAssetVulnerability, Vulnerability } from '../model/vulnerability.js'
import { NotFound } from './errors.js'
import type { Product, Update } from './facts.js'
import type { Profile } from './profile.js'
import { versionOf } from './versions.js'
import type { World } from './world.js'

/** A CVE of the catalog by its id, once it is published in world time. */
export function cveOf(world: World, id: string): number {
  const index = world.cves.find(id)
  if (index === undefined || world.cves.details(index).published > world.day)
    throw new NotFound(`Vulnerability ${id} was not found`)
  return index
}

/** The CVEs that are open on at least one device, by id (assumed), each with the number of devices. */
export function vulnerabilities(world: World): Vulnerability[] {
  const exposed = world.exposedMachines()
  return listed(world, exposed.keys(), exposed)
}

/** One CVE, whether a device is exposed or not. */
export function vulnerability(world: World, index: number): Vulnerability {
  return describe(world, index, world.exposedMachines().get(index) ?? 0)
}

/** The CVEs that are open through a product. */
export function vulnerabilitiesOfSoftware(world: World, product: Product): Vulnerability[] {
  const open = new Set<number>()
  for (const { patches } of world.profiles()) for (const cve of patches.exposure.get(product)?.cves ?? []) open.add(cve)
  return listed(world, open, world.exposedMachines())
}

/** The CVEs that are open on a device. */
export function vulnerabilitiesOfMachine(world: World, device: number): Vulnerability[] {
  return listed(world, world.profile(device).open, world.exposedMachines())
}

/**
 * Every CVE on every device through every product: device after device, as `/api/machines` lists them, made when looked
 * at. Where several lacking updates fix the same, the newest is named (assumed).
 */
export function assetVulnerabilities(world: World) {
  const findings = new Map<Profile, Finding[]>()
  // As they are now: a device may be patched while somebody reads on.
  const profiles = new Array<Profile>(world.size)
  const ends = new Float64Array(world.size)
  let length = 0
  for (let device = 0; device < world.size; device++) {
    const profile = world.profile(device)
    profiles[device] = profile
    let own = findings.get(profile)
    if (own === undefined) {
      own = findingsOf(world, profile)
      findings.set(profile, own)
    }
    length += own.length
    ends[device] = length
  }
  const at = (index: number): PublicAssetVulnerability => {
    const device = firstAbove(ends, index)
    const start = device === 0 ? 0 : ends[device - 1]!
    const finding = findings.get(profiles[device]!)![index - start]!
    const { cveId, product, version, kb, severity } = finding
    const machineId = world.id(device)
    return {
      id: [machineId, cveId, product.vendor, product.name, version ?? '', kb ?? ''].join('-_-'),
      cveId,
      machineId,
      fixingKbId: kb,
      productName: product.name,
      productVendor: product.vendor,
      productVersion: version,
      severity
    }
  }
  const where = (equal: ReadonlyMap<string, unknown>) => {
    const machineId = equal.get('machineId')
    if (typeof machineId !== 'string') return undefined
    const device = world.find(machineId)
    if (device === undefined) return []
    const start = device === 0 ? 0 : ends[device - 1]!
    return { length: ends[device]! - start, at: (index: number) => at(start + index) }
  }
  return { length, at, where }
}

interface Finding {
  cveId: string
  severity: string
  product: Product
  version: string | null
  kb: string | null
}

function findingsOf(world: World, { installations, patches }: Profile): Finding[] {
  return installations.flatMap(installation => {
    const { product } = installation
    const version = versionOf(installation, patches)
    const fixes = new Map<number, Update>()
    // Newest first: the first that is met stays.
    for (const update of patches.missing) {
      for (const target of patches.targets) {
        if (target.product !== product) continue
        for (const cve of update.fixes.get(target) ?? []) if (!fixes.has(cve)) fixes.set(cve, update)
      }
    }
    return [...fixes].map(([cve, { id }]) => ({
      cveId: world.facts.cves[cve]!.id,
      severity: world.cves.details(cve).severity,
      product,
      version,
      kb: id
    }))
  })
}

/** The first position whose value is above a number, in ascending values. */
function firstAbove(values: Float64Array, number: number): number {
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! > number) high = middle
    else low = middle + 1
  }
  return low
}

function listed(world: World, indices: Iterable<number>, exposed: ReadonlyMap<number, number>): Vulnerability[] {
  return [...indices]
    .map(index => describe(world, index, exposed.get(index) ?? 0))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

function describe(world: World, index: number, exposedMachines: number): Vulnerability {
  const { id, publicExploit } = world.facts.cves[index]!
  const details = world.cves.details(index)
  const published = `${details.published}T00:00:00Z`
  return {
    id,
    name: id,
    description: details.title,
    severity: details.severity,
    cvssV3: details.score,
    cvssVector: details.vector,
    exposedMachines,
    publishedOn: published,
    updatedOn: `${details.updated < world.day ? details.updated : world.day}T00:00:00Z`,
    firstDetected: exposedMachines > 0 ? published : null,
    patchFirstAvailable: published,
    publicExploit,
    exploitVerified: details.exploitVerified,
    exploitInKit: details.exploitInKit,
    exploitTypes: details.exploitTypes,
    exploitUris: [],
    cveSupportability: 'Supported',
    tags: [],
    epss: Number(details.epss.toFixed(5)),
    status: exposedMachines > 0 ? 'RemediationRequired' : 'NoActionRequired'
  }
}
