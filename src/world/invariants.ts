import { setImmediate as breathe } from 'node:timers/promises'
import {
  buildOf,
  byRelease,
  cveIds,
  fixedIn,
  type Lacking,
  lackingBy,
  levelOf,
  linkTo,
  namesOf,
  type Open,
  openOn
} from './brute-force.js'
import type { Product, Update } from './facts.js'
import { configurationEquations, exportEquations } from './invariants-of-lists.js'
import { distributions, inventory, inventoryOf } from './inventory.js'
import { exposureOf } from './machines.js'
import { missingKbsOfMachine, missingKbsOfSoftware, updateName } from './missing-kbs.js'
import type { Profile } from './profile.js'
import { recommendations } from './recommendations.js'
import { references } from './references.js'
import { versionOf } from './versions.js'
import {
  assetVulnerabilities,
  cveOf,
  vulnerabilities,
  vulnerabilitiesOfMachine,
  vulnerabilitiesOfSoftware
} from './vulnerabilities.js'
import type { World } from './world.js'

/** Two ways to the same number that disagree. */
export interface Violation {
  equation: string
  expected: unknown
  actual: unknown
  where: string
}

export interface Verdict {
  /** Number of equations evaluated. */
  checked: number
  violations: Violation[]
}

/** Evaluates an equation: `expected` is what follows from the facts, `actual` what the API would say. */
export type Equal = (equation: string, where: string, expected: unknown, actual: unknown) => void

const rules = { hideSuperseded: false }
/** Devices between two breaths: a check of a large world must not keep other requests waiting. */
const stride = 200

/**
 * Recomputes what the API says from the installed updates of every single device, by definitions written a second time
 * and without the shortcuts that the answers take (shared states, counted profiles), and compares.
 */
export async function invariants(world: World): Promise<Verdict> {
  const violations: Violation[] = []
  let checked = 0
  const equal: Equal = (equation, where, expected, actual) => {
    checked++
    if (JSON.stringify(expected) !== JSON.stringify(actual)) violations.push({ equation, expected, actual, where })
  }

  const tally = new Map<Product, Tally>()
  const naive = new Map<unknown, Lacking>()
  const naiveOpen = new Map<Profile, Open>()
  const softwareOf = new Map<Profile, string>()
  const exposedTo = new Map<number, number>()
  const vulnerabilityIds = new Map<Profile, string[]>()
  const assets = assetVulnerabilities(world)
  let asset = 0
  const ids = new Set<string>()
  const names = new Map<string, number[]>()

  for (const device of world.devices()) {
    if (device % stride === stride - 1) await breathe()
    const id = world.id(device)
    const where = `machine ${id}`
    const profile = world.profile(device)
    const { installations, patches } = profile
    ids.add(id)
    const name = world.computerDnsName(device)
    names.set(name.toLowerCase(), [...(names.get(name.toLowerCase()) ?? []), device])
    equal('an id leads back to its device', where, device, world.machine(id.toUpperCase()))

    // A state is what is installed and what runs: the same for devices that share it, so recomputed once for each.
    const lacking = naive.get(patches) ?? lackingBy(world.facts, world.day, patches.installed, patches.targets)
    naive.set(patches, lacking)
    const open = naiveOpen.get(profile) ?? openOn(world.facts, world.day, lacking, installations)
    naiveOpen.set(profile, open)
    const rows = missingKbsOfMachine(world, device, rules)
    equal(
      'a device lacks what is released, applies and nothing installed contains',
      where,
      lacking.updates.map(({ id }) => id),
      rows.map(({ id }) => id)
    )
    for (const [index, update] of lacking.updates.entries()) {
      const row = rows[index]
      const at = `${where}, KB ${update.id}`
      const products = lacking.products.get(update)!
      equal('productsNames are the products of the device that the KB fixes', at, namesOf(products), row?.productsNames)
      equal(
        'cveAddressed is the sum over those products',
        at,
        products.reduce((sum, product) => sum + fixedIn(update, product, patches.targets).size, 0),
        row?.cveAddressed
      )
      equal('machineMissedOn is 1 by device', at, 1, row?.machineMissedOn)
      equal('osBuild is the build of the device, or null', at, buildOf(update, patches.targets), row?.osBuild)
      equal('name and url follow from the KB', at, [updateName(update), linkTo(update)], [row?.name, row?.url])
    }
    equal('a device is exposed as its open CVEs say', where, levelOf(world.facts, open), exposureOf(profile))

    const own = softwareOf.get(profile) ?? JSON.stringify(inventoryOf(world, device))
    softwareOf.set(profile, own)
    equal(
      'the software of a device is what is installed there',
      where,
      installations.map(({ product }) => product.id).sort(),
      (JSON.parse(own) as { id: string }[]).map(row => row.id)
    )

    for (const cve of open.cves) exposedTo.set(cve, (exposedTo.get(cve) ?? 0) + 1)
    const total = [...open.products.values()].reduce((sum, found) => sum + found.size, 0)
    if (total > 0) {
      const [first, last] = [assets.at(asset).machineId, assets.at(asset + total - 1).machineId]
      equal('machinesVulnerabilities has a row for each CVE of each product', where, [id, id], [first, last])
    }
    // Rows are the same for devices that share everything: read once for each kind.
    const shown = vulnerabilityIds.get(profile)
    const ofDevice = shown ?? vulnerabilitiesOfMachine(world, device).map(row => row.id)
    vulnerabilityIds.set(profile, ofDevice)
    if (shown === undefined) {
      equal('the vulnerabilities of a device are its open CVEs, by id', where, cveIds(world.facts, open.cves), ofDevice)
      const fixing = new Set(rows.map(row => row.id))
      const listed = new Map<string, string[]>()
      const fixable = fixableOn(lacking)
      for (let n = asset; n < asset + total; n++) {
        const { cveId, productName, productVendor, fixingKbId } = assets.at(n)
        const product = `${productVendor}-_-${productName}`
        const own = listed.get(product) ?? []
        listed.set(product, own)
        const fixed = fixable.get(product)?.has(cveOf(world, cveId!)) ?? false
        own.push(
          fixed === fixing.has(fixingKbId) && fixed === (fixingKbId !== null) ? cveId! : `${cveId}, KB ${fixingKbId}`
        )
      }
      for (const [product, found] of open.products) {
        equal(
          'machinesVulnerabilities names a missing KB of the device for each that a KB fixes, and no other',
          `${where}, ${product.id}`,
          cveIds(world.facts, found),
          listed.get(product.id)?.sort()
        )
      }
    }
    asset += total

    for (const installation of installations) {
      const { product } = installation
      const entry = tally.get(product) ?? emptyTally()
      tally.set(product, entry)
      entry.devices.push(device)
      const version = versionOf(installation, patches)
      const spread = entry.versions.get(version) ?? { installed: 0, open: new Set() }
      entry.versions.set(version, spread)
      spread.installed++
      const found = open.products.get(product) ?? []
      for (const cve of found) {
        entry.open.add(cve)
        spread.open.add(cve)
      }
      for (const update of lacking.updates) {
        if (!lacking.products.get(update)!.includes(product)) continue
        const kb = entry.kbs.get(update) ?? { devices: 0, cves: new Set(), build: null }
        entry.kbs.set(update, kb)
        kb.devices++
        for (const cve of fixedIn(update, product, patches.targets)) kb.cves.add(cve)
        const build = buildOf(
          update,
          [...patches.targets].filter(target => target.product === product)
        )
        if (build !== null && (kb.build === null || build > kb.build)) kb.build = build
      }
      if (open.products.has(product)) {
        entry.exposed++
        entry.alert ||= world.hasAlert(device)
      }
    }
  }

  equal('machinesVulnerabilities lists nothing else', 'machinesVulnerabilities', asset, assets.length)
  const known = vulnerabilities(world)
  equal(
    'vulnerabilities lists the CVEs that are open somewhere, by id',
    'vulnerabilities',
    cveIds(world.facts, exposedTo.keys()),
    known.map(row => row.id)
  )
  for (const row of known) {
    if (checked % stride === 0) await breathe()
    const cve = cveOf(world, row.id)
    equal('exposedMachines counts the devices on which a CVE is open', row.id, exposedTo.get(cve), row.exposedMachines)
    equal(
      'machineReferences of a CVE lists as many',
      row.id,
      row.exposedMachines,
      references(world, ({ open }) => open.has(cve)).length
    )
    equal('publicExploit is what the catalog says', row.id, world.facts.cves[cve]!.publicExploit, row.publicExploit)
  }

  equal('ids are unique', 'machines', world.size, ids.size)
  for (const [name, devices] of names) {
    const [device, ...others] = devices.filter(one => world.roster.duplicateOf(one) === undefined)
    const where = `machine ${world.id(device ?? devices[0]!)}`
    equal('a computer name is that of one device and of its duplicates', where, [], others)
    equal('a computer name leads back to its device', where, device ?? devices[0], world.machineByIdOrName(name))
  }
  let counted = 0
  for (const profile of world.profiles()) counted += profile.devices
  equal('profiles count every device once', 'machines', world.size, counted)

  const listed = inventory(world)
  equal(
    'the inventory lists what is installed, once each, by id',
    'software',
    [...tally.keys()].map(({ id }) => id).sort(),
    listed.map(({ id }) => id)
  )
  const advice = new Map(
    recommendations(world)
      .filter(({ remediationType }) => remediationType === 'Update')
      .map(row => [row.id, row])
  )
  for (const row of listed) {
    await breathe()
    const where = `software ${row.id}`
    const product = world.software(row.id)
    const { devices: holders, versions, exposed, open, alert, kbs } = tally.get(product)!
    equal('installedMachines counts the devices that have it', where, holders.length, row.installedMachines)
    const refers = references(world, profile => profile.has(product))
    equal(
      'machineReferences lists the devices that have it',
      where,
      holders.map(device => world.id(device)),
      Array.from({ length: refers.length }, (_, index) => refers.at(index).id)
    )
    equal(
      'distributions count the devices and the open CVEs of each version',
      where,
      sorted([...versions].map(([version, spread]) => [version, spread.installed, spread.open.size])),
      sorted(
        distributions(world, product).map(({ version, installations, vulnerabilities }) => [
          version,
          installations,
          vulnerabilities
        ])
      )
    )
    equal('exposedMachines counts the devices with an open CVE in it', where, exposed, row.exposedMachines)
    equal('weaknesses counts the distinct open CVEs', where, open.size, row.weaknesses)
    equal(
      'the vulnerabilities of a product are those, by id',
      where,
      cveIds(world.facts, open),
      vulnerabilitiesOfSoftware(world, product).map(({ id }) => id)
    )
    equal(
      'publicExploit says that one of them is exploited',
      where,
      [...open].some(cve => world.facts.cves[cve]!.publicExploit),
      row.publicExploit
    )
    equal('activeAlert says that an exposed device has an alert', where, alert, row.activeAlert)
    equal('impact needs exposure', where, exposed > 0, row.impactScore > 0)
    const advised = advice.get(`va-_-${row.id}`)
    advice.delete(`va-_-${row.id}`)
    equal('a product is recommended for update when a device is exposed through it', where, exposed > 0, !!advised)
    if (advised !== undefined) {
      const { weaknesses, totalMachineCount, exposedMachinesCount, publicExploit, activeAlert } = advised
      equal(
        'a recommendation counts what the inventory counts',
        where,
        [open.size, holders.length, exposed, row.publicExploit, alert],
        [weaknesses, totalMachineCount, exposedMachinesCount, publicExploit, activeAlert]
      )
      equal(
        'machineReferences of a recommendation lists the exposed devices',
        where,
        exposed,
        references(world, ({ exposure }) => exposure.has(product)).length
      )
    }

    const rows = missingKbsOfSoftware(world, product, rules)
    equal(
      'missing KBs by software are those of its devices, newest first',
      where,
      [...kbs.keys()].sort(byRelease).map(({ id }) => id),
      rows.map(({ id }) => id)
    )
    for (const [update, { devices, cves, build }] of kbs) {
      const kb = rows.find(({ id }) => id === update.id)
      const at = `${where}, KB ${update.id}`
      equal('machineMissedOn counts the devices whose own list names the product', at, devices, kb?.machineMissedOn)
      equal('cveAddressed is the union over the builds of those devices', at, cves.size, kb?.cveAddressed)
      equal('productsNames is the product asked for', at, [product.name], kb?.productsNames)
      equal('osBuild is the highest build of those devices, or null', at, build, kb?.osBuild)
    }
  }
  equal('no other product is recommended for update', 'recommendations', [], [...advice.keys()])
  await configurationEquations(world, equal)
  await exportEquations(world, equal)
  return { checked, violations }
}

/** Of each product, by its id, what missing updates fix. */
function fixableOn({ updates, products, targets }: Lacking): Map<string, Set<number>> {
  const fixable = new Map<string, Set<number>>()
  for (const update of updates) {
    for (const product of products.get(update)!) {
      const found = fixable.get(product.id) ?? new Set()
      fixable.set(product.id, found)
      for (const cve of fixedIn(update, product, targets)) found.add(cve)
    }
  }
  return fixable
}

/** Rows in an order of no meaning, for the comparison of sets. */
function sorted(rows: unknown[][]): string[] {
  return rows.map(row => JSON.stringify(row)).sort()
}

function emptyTally(): Tally {
  return { devices: [], versions: new Map(), exposed: 0, open: new Set(), alert: false, kbs: new Map() }
}

interface Tally {
  /** That have the product. */
  devices: number[]
  versions: Map<string | null, { installed: number; open: Set<number> }>
  exposed: number
  open: Set<number>
  alert: boolean
  kbs: Map<Update, { devices: number; cves: Set<number>; build: number | null }>
}
