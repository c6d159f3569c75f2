import type { Recommendation } from '../model/recommendation.js'
import type { Software } from '../model/software.js'
import { NotFound } from './errors.js'
import type { Product } from './facts.js'
import { inventory, software } from './inventory.js'
import type { World } from './world.js'

const prefix = 'va-_-'

/** One recommendation for each product through which a device is exposed, by id (assumed). */
export function recommendations(world: World): Recommendation[] {
  return inventory(world)
    .filter(({ exposedMachines }) => exposedMachines > 0)
    .map(row => recommendation(world, row))
}

/** The recommendations that concern a device. */
export function recommendationsOfMachine(world: World, device: number): Recommendation[] {
  return [...world.profile(device).patches.exposure.keys()]
    .map(product => recommendation(world, software(world, product)))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

export function recommendationById(world: World, id: string): Recommendation {
  return recommendation(world, software(world, productOf(world, id)))
}

/** The product that a recommendation is about: one through which a device is exposed. */
export function productOf(world: World, id: string): Product {
  const product = id.toLowerCase().startsWith(prefix) ? world.facts.product(id.slice(prefix.length)) : undefined
  if (product !== undefined) {
    for (const { patches } of world.profiles()) if (patches.exposure.has(product)) return product
  }
  throw new NotFound(`Recommendation ${id} was not found`)
}

function recommendation(world: World, row: Software): Recommendation {
  const component = titled(row.name!)
  return {
    id: prefix + row.id,
    productName: row.name,
    recommendationName: `Update ${component}`,
    weaknesses: row.weaknesses,
    vendor: row.vendor,
    recommendedVersion: '',
    recommendedVendor: '',
    recommendedProgram: '',
    recommendationCategory: world.facts.product(row.id)!.kind === 'windows' ? 'OS' : 'Application',
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

/** `windows_10` as people read it: `Windows 10`. */
function titled(name: string): string {
  return name.replaceAll('_', ' ').replace(/(^|[ .])([a-z])/g, (_, before, letter) => before + letter.toUpperCase())
}
