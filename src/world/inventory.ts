import type { Distribution, Software } from '../model/software.js'
import type { Product } from './facts.js'
import { compareVersions } from './versions.js'
import type { World } from './world.js'

/** The fleet's software, one row per product that a device has, in the order of ids (assumed). */
export function inventory(world: World): Software[] {
  const products = new Set<Product>()
  for (const profile of world.profiles()) for (const { product } of profile.installations) products.add(product)
  return [...products].sort((a, b) => (a.id < b.id ? -1 : 1)).map(product => software(world, product))
}

/** One product of the inventory. Everything in it is counted over the devices that have it. */
export function software(world: World, product: Product): Software {
  const open = new Set<number>()
  let installedMachines = 0
  let exposedMachines = 0
  let publicExploit = false
  let activeAlert = false
  let burden = 0
  for (const profile of world.profiles()) {
    if (!profile.has(product)) continue
    installedMachines += profile.devices
    const exposure = profile.exposure.get(product)
    if (exposure === undefined) continue
    exposedMachines += profile.devices
    publicExploit ||= exposure.publicExploit
    activeAlert ||= profile.alerts > 0
    burden += profile.devices * saturated(exposure.points)
    for (const cve of exposure.cves) open.add(cve)
  }
  return {
    id: product.id,
    name: product.name,
    vendor: product.vendor,
    weaknesses: open.size,
    publicExploit,
    activeAlert,
    exposedMachines,
    installedMachines,
    impactScore: single((10 * burden) / world.size),
    isNormalized: true,
    // Both are empty in every published capture; the versions are at /distributions.
    category: '',
    distributions: []
  }
}

/** The software of one device: the same rows as in the fleet's inventory, with the fleet's counts. */
export function inventoryOf(world: World, device: number): Software[] {
  return world
    .profile(device)
    .installations.map(({ product }) => software(world, product))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The versions of a product in the fleet, lowest first (assumed). */
export function distributions(world: World, product: Product): Distribution[] {
  const found = new Map<string | null, { installations: number; open: Set<number> }>()
  for (const profile of world.profiles()) {
    const { installations, devices } = profile
    const installation = installations.find(candidate => candidate.product === product)
    if (installation === undefined) continue
    const version = profile.versionOf(installation)
    const entry = found.get(version) ?? { installations: 0, open: new Set() }
    found.set(version, entry)
    entry.installations += devices
    for (const cve of profile.exposure.get(product)?.cves ?? []) entry.open.add(cve)
  }
  return [...found]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, { installations, open }]) => ({ version, installations, vulnerabilities: open.size }))
}

/** A device's exposure through one product, from 0 to 1: the first weaknesses weigh most (assumed). */
export function saturated(points: number): number {
  return points / (points + 100)
}

/** The nearest Edm.Single, written with no more digits than it has. */
function single(value: number): number {
  const rounded = Math.fround(value)
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits))
    if (Math.fround(short) === rounded) return short
  }
  return Number(rounded.toPrecision(9))
}
