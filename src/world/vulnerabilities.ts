import type { PublicAssetVulnerability, Vulnerability } from '../model/vulnerability.js'
import { NotFound } from './errors.js'
import type { Product } from './facts.js'
import { type DeviceRows, indexDevices, perDevice } from './per-device.js'
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
  for (const { exposure } of world.profiles()) for (const cve of exposure.get(product)?.cves ?? []) open.add(cve)
  return listed(world, open, world.exposedMachines())
}

/** The CVEs that are open on a device. */
export function vulnerabilitiesOfMachine(world: World, device: number): Vulnerability[] {
  return listed(world, world.profile(device).open, world.exposedMachines())
}

/** Every CVE on every device through every product. */
export function assetVulnerabilities(world: World): DeviceRows<PublicAssetVulnerability> {
  const index = world.derived('findings', () => indexDevices(world, ({ findings }) => findings.length))
  return perDevice(
    world,
    index,
    'machineId',
    ({ findings }) => findings,
    (device, { installation: { product }, version, cve, fix }) => {
      const machineId = world.id(device)
      const { id: cveId } = world.facts.cves[cve]!
      const kb = fix?.id ?? null
      return {
        id: [machineId, cveId, product.vendor, product.name, version ?? '', kb ?? ''].join('-_-'),
        cveId,
        machineId,
        fixingKbId: kb,
        productName: product.name,
        productVendor: product.vendor,
        productVersion: version,
        severity: world.cves.details(cve).severity
      }
    }
  )
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
