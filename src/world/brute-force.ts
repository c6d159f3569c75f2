import type { Installation } from './condition.js'
import type { Facts, Product, Target, Update } from './facts.js'

/*
 * What a device lacks and what follows, by definitions written a second time, slowly and plainly. Only the invariants
 * use them: they must share nothing with the answers that they check.
 */

export interface Lacking {
  updates: Update[]
  /** Of each update, the products of the device that it fixes, in the order of the catalog. */
  products: Map<Update, Product[]>
  targets: ReadonlySet<Target>
}

/** CVEs that are open, per product and in all. */
export interface Open {
  products: Map<Product, Set<number>>
  cves: Set<number>
}

export function lackingBy(
  facts: Facts,
  day: string,
  installed: ReadonlySet<Update>,
  targets: ReadonlySet<Target>
): Lacking {
  const applies = facts.updates.filter(update => [...update.fixes.keys()].some(target => targets.has(target)))
  const reached = new Set<Update>()
  const waiting = [...installed]
  while (waiting.length > 0) {
    const update = waiting.pop()!
    if (reached.has(update)) continue
    reached.add(update)
    waiting.push(...update.supersedes)
    for (const older of applies) {
      if (older.released <= update.released && rollsUp(update, older, targets)) waiting.push(older)
    }
  }
  const updates = applies.filter(update => update.released <= day && !reached.has(update)).sort(byRelease)
  const products = new Map(
    updates.map(update => [update, facts.products.filter(product => fixes(update, product, targets)) as Product[]])
  )
  return { updates, products, targets }
}

/** What lacking updates leave open, and old versions of what has none, in the order of the device's software. */
export function openOn(
  facts: Facts,
  day: string,
  { updates, products, targets }: Lacking,
  installations: readonly Installation[]
): Open {
  const open = new Map<Product, Set<number>>()
  const add = (product: Product, cves: Iterable<number>) => {
    const found = open.get(product) ?? new Set<number>()
    for (const cve of cves) found.add(cve)
    if (found.size > 0) open.set(product, found)
  }
  for (const update of updates) {
    for (const product of products.get(update)!) add(product, fixedIn(update, product, targets))
  }
  for (const { product, version } of installations) {
    for (const { released, fixedIn: sound, cves } of facts.advisoriesOn(product)) {
      if (released <= day && version !== null && isBelow(version, sound)) add(product, cves)
    }
  }
  const sorted = new Map([...open].sort(([a], [b]) => a.index - b.index))
  return { products: sorted, cves: new Set([...sorted.values()].flatMap(found => [...found])) }
}

/** Versions whose parts are numbers, padded so that text sorts as they do. */
function isBelow(version: string, other: string): boolean {
  const padded = (text: string) =>
    text
      .split('.')
      .map(part => part.padStart(12, '0'))
      .join('.')
  return padded(version) < padded(other)
}

/** `update` is the cumulative update of a Windows build of the device, and `older` belongs to that build. */
function rollsUp(update: Update, older: Update, targets: ReadonlySet<Target>): boolean {
  return [...update.cumulative].some(
    ({ product, build }) =>
      [...targets].some(own => own.product === product && own.build === build) &&
      [...older.fixes.keys()].some(
        fixed =>
          targets.has(fixed) &&
          fixed.build === build &&
          (fixed.product === product || fixed.product.kind === 'component')
      )
  )
}

function fixes(update: Update, product: Product, targets: Iterable<Target>): boolean {
  return [...targets].some(target => target.product === product && update.fixes.has(target))
}

export function fixedIn(update: Update, product: Product, targets: Iterable<Target>): Set<number> {
  return new Set([...targets].flatMap(target => (target.product === product ? (update.fixes.get(target) ?? []) : [])))
}

export function buildOf(update: Update, targets: Iterable<Target>): number | null {
  const builds = [...targets].flatMap(target => (update.fixes.has(target) && target.build !== null ? target.build : []))
  return builds.length === 0 ? null : Math.max(...builds)
}

export function levelOf(facts: Facts, { products }: Open): string {
  const open = [...products.values()].flatMap(cves => [...cves])
  if (open.length === 0) return 'None'
  if (open.length > 250 || open.some(cve => facts.cves[cve]!.publicExploit)) return 'High'
  return open.length > 60 ? 'Medium' : 'Low'
}

export function byRelease(a: Update, b: Update): number {
  if (a.released !== b.released) return a.released < b.released ? 1 : -1
  return Number(a.id) - Number(b.id)
}

export function namesOf(products: readonly Product[]): string[] {
  return products.map(({ name }) => name)
}

export function linkTo({ id }: Update): string {
  return `https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${id}`
}

export function cveIds(facts: Facts, cves: Iterable<number>): string[] {
  return Array.from(cves, cve => facts.cves[cve]!.id).sort()
}
