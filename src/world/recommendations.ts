import type { Recommendation } from '../model/recommendation.js'
import type { Software } from '../model/software.js'
import { NotFound } from './errors.js'
import type { Configuration, Product } from './facts.js'
import { inventory, software } from './inventory.js'
import type { Profile } from './profile.js'
import { compareVersions } from './versions.js'
import type { World } from './world.js'

/** What a recommendation is about: to update a product, or to set a configuration. */
export type Subject = { product: Product } | { configuration: Configuration }

const prefixes = { product: 'va-_-', configuration: 'sca-_-' } as const

/** One for each product through which a device is exposed and each configuration that a device lacks, by id (assumed). */
export function recommendations(world: World): Recommendation[] {
  const products = inventory(world)
    .filter(({ exposedMachines }) => exposedMachines > 0)
    .map(row => update(world, row))
  const lacking = new Set([...world.profiles()].flatMap(({ posture }) => [...posture.lacking]))
  const configurations = [...lacking].map(configuration => change(world, configuration))
  return [...products, ...configurations].sort(byId)
}

/** The recommendations that concern a device. */
export function recommendationsOfMachine(world: World, device: number): Recommendation[] {
  const { exposure, posture } = world.profile(device)
  return [
    ...Array.from(exposure.keys(), product => update(world, software(world, product))),
    ...Array.from(posture.lacking, configuration => change(world, configuration))
  ].sort(byId)
}

export function recommendationById(world: World, id: string): Recommendation {
  const subject = subjectOf(world, id)
  return 'product' in subject ? update(world, software(world, subject.product)) : change(world, subject.configuration)
}

/** The subject of a recommendation: one that concerns a device. */
export function subjectOf(world: World, id: string): Subject {
  const asked = id.toLowerCase()
  const subject = asked.startsWith(prefixes.product)
    ? { product: world.facts.product(asked.slice(prefixes.product.length))! }
    : { configuration: world.facts.configurations.find(known => prefixes.configuration + known.id === asked)! }
  for (const profile of world.profiles()) if (concerns(subject, profile)) return subject
  throw new NotFound(`Recommendation ${id} was not found`)
}

/** The product of a recommendation to update one. */
export function productOf(world: World, id: string): Product {
  const subject = subjectOf(world, id)
  if ('product' in subject) return subject.product
  throw new NotFound(`Software of recommendation ${id} was not found`)
}

/** Whether devices of a profile should follow a recommendation. */
export function concerns(subject: Subject, { exposure, posture }: Profile): boolean {
  return 'product' in subject ? exposure.has(subject.product) : posture.lacking.has(subject.configuration)
}

function update(world: World, row: Software): Recommendation {
  const product = world.facts.product(row.id)!
  const component = titled(row.name!)
  const version = recommendedVersion(world, product)
  return {
    id: prefixes.product + row.id,
    productName: row.name,
    recommendationName: `Update ${component}${version === '' ? '' : ` to version ${version}`}`,
    weaknesses: row.weaknesses,
    vendor: row.vendor,
    recommendedVersion: version,
    recommendedVendor: '',
    recommendedProgram: '',
    // For Windows too: the page get-all-recommendations shows it so.
    recommendationCategory: 'Application',
    subCategory: '',
    severityScore: 0,
    publicExploit: row.publicExploit,
    activeAlert: row.activeAlert,
    associatedThreats: [],
    remediationType: 'Update',
    status: 'Active',
    configScoreImpact: 0,
    exposureImpact: row.impactScore,
    totalMachineCount: row.installedMachines,
    exposedMachinesCount: row.exposedMachines,
    nonProductivityImpactedAssets: 0,
    relatedComponent: component,
    hasUnpatchableCve: false,
    tags: [],
    exposedCriticalDevices: 0
  }
}

/** The version that closes everything which is open through old versions; empty where KBs do. */
function recommendedVersion(world: World, product: Product): string {
  let version = ''
  for (const profile of world.profiles()) {
    for (const installation of profile.installations) {
      if (installation.product !== product) continue
      for (const { fixedIn } of profile.advisories(installation)) {
        if (version === '' || compareVersions(fixedIn, version) > 0) version = fixedIn
      }
    }
  }
  return version
}

function change(world: World, configuration: Configuration): Recommendation {
  const { applicable, lacking, alert } = spread(world, configuration)
  return {
    id: prefixes.configuration + configuration.id,
    productName: 'windows',
    recommendationName: configuration.name,
    weaknesses: 1,
    vendor: 'microsoft',
    recommendedVersion: '',
    recommendedVendor: '',
    recommendedProgram: '',
    recommendationCategory: configuration.category,
    subCategory: configuration.subCategory,
    severityScore: configuration.points,
    publicExploit: false,
    activeAlert: alert,
    associatedThreats: [],
    remediationType: 'ConfigurationChange',
    status: 'Active',
    configScoreImpact: worth(configuration, lacking, applicable),
    exposureImpact: 0,
    totalMachineCount: applicable,
    exposedMachinesCount: lacking,
    nonProductivityImpactedAssets: 0,
    relatedComponent: configuration.subCategory,
    hasUnpatchableCve: false,
    tags: [],
    exposedCriticalDevices: 0
  }
}

/** How many devices a configuration concerns, how many of them lack it, and whether one of those has an alert. */
export function spread(world: World, configuration: Configuration) {
  let applicable = 0
  let lacking = 0
  let alert = false
  for (const { posture, devices, alerts } of world.profiles()) {
    if (posture.applicable.has(configuration)) applicable += devices
    if (!posture.lacking.has(configuration)) continue
    lacking += devices
    alert ||= alerts > 0
  }
  return { applicable, lacking, alert }
}

/** Points of a configuration for a share of the devices that it concerns. */
export function worth({ points }: Configuration, devices: number, of: number): number {
  return of === 0 ? 0 : Number(((points * devices) / of).toFixed(6))
}

function byId(a: Recommendation, b: Recommendation): number {
  return a.id < b.id ? -1 : 1
}

/** `windows_10` as people read it: `Windows 10`. */
function titled(name: string): string {
  return name.replaceAll('_', ' ').replace(/(^|[ .])([a-z])/g, (_, before, letter) => before + letter.toUpperCase())
}
