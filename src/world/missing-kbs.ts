import type { MissingKb } from '../model/missing-kb.js'
import { newestFirst } from './containment.js'
import type { Product, Target, Update } from './facts.js'
import type { PatchState } from './patch-states.js'
import type { World } from './world.js'

export interface MissingKbRules {
  /** Leave out updates that another lacking update contains (quirk `hide-superseded`). */
  hideSuperseded: boolean
}

/**
 * Which updates does some device lack for a product? One row per KB, counted per device that lacks it; `cveAddressed`
 * is the union over the builds that those devices run (assumed: the page shows one number and no builds).
 */
export function missingKbsOfSoftware(world: World, product: Product, rules: MissingKbRules): MissingKb[] {
  const lacking = new Map<Update, { devices: number; targets: Set<Target> }>()
  for (const profile of world.profiles()) {
    const targets = [...profile.patches.targets].filter(target => target.product === product)
    if (targets.length === 0) continue
    for (const update of lackedBy(profile.patches, rules)) {
      const fixed = targets.filter(target => update.fixes.has(target))
      if (fixed.length === 0) continue
      const entry = lacking.get(update) ?? { devices: 0, targets: new Set() }
      entry.devices += profile.devices
      for (const target of fixed) entry.targets.add(target)
      lacking.set(update, entry)
    }
  }
  return [...lacking]
    .sort(([a], [b]) => newestFirst(a, b))
    .map(([update, { devices, targets }]) => {
      const cves = new Set<number>()
      for (const target of targets) for (const cve of update.fixes.get(target)!) cves.add(cve)
      return row(update, targets, [product], devices, cves.size)
    })
}

/**
 * Which updates does one device lack? `productsNames` are the device's products that the KB fixes and `cveAddressed`
 * their sum, not their union: the documented 97 of KB 4540673 is 77 + 14 + 6, with two CVEs in both Edge and Internet
 * Explorer (page get-missing-kbs-machine).
 */
export function missingKbsOfMachine(world: World, device: number, rules: MissingKbRules): MissingKb[] {
  const { patches } = world.profile(device)
  return lackedBy(patches, rules).map(update => {
    const targets = [...patches.targets].filter(target => update.fixes.has(target))
    const products = [...new Set(targets.map(({ product }) => product))].sort((a, b) => a.index - b.index)
    let sum = 0
    for (const target of targets) sum += update.fixes.get(target)!.length
    return row(update, targets, products, 1, sum)
  })
}

function lackedBy(patches: PatchState, { hideSuperseded }: MissingKbRules): readonly Update[] {
  return hideSuperseded ? patches.outermost : patches.missing
}

function row(
  update: Update,
  targets: Iterable<Target>,
  products: readonly Product[],
  machineMissedOn: number,
  cveAddressed: number
): MissingKb {
  let osBuild: number | null = null
  for (const { build } of targets) if (build !== null && (osBuild === null || build > osBuild)) osBuild = build
  return {
    id: update.id,
    name: updateName(update),
    osBuild,
    productsNames: products.map(({ name }) => name),
    url: updateLink(update),
    machineMissedOn,
    cveAddressed
  }
}

/** The update in the Microsoft Update Catalog. */
export function updateLink({ id }: Pick<Update, 'id'>): string {
  return `https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${id}`
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December'
]

/**
 * `March 2020 Security Updates`: many KBs share a name, the id is the key. English whatever the locale. What was made
 * up says so.
 */
export function updateName({ generated, released }: Pick<Update, 'generated' | 'released'>): string {
  const name = `${months[Number(released.slice(5, 7)) - 1]} ${released.slice(0, 4)} Security Updates`
  return generated === true ? `${name} (generated)` : name
}
