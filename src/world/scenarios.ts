import { readFixture } from './catalog.js'
import { patchTuesday } from './days.js'
import type { Severity } from './facts.js'
import type { WorldOverlay } from './overlay.js'
import type { Bundle, Platform, Ring, Scenario } from './scenario.js'

/** A row that changes the one of its name, in what it says. */
type Change<T extends { name: string }> = Pick<T, 'name'> & Partial<T>

/** A scenario as it is written down: what it does not say is that of the one it extends. */
interface ScenarioFile extends Partial<Omit<Scenario, 'platforms' | 'rings' | 'bundles'>> {
  $schema?: string
  extends?: string
  /** These are changed row by row; other lists take the place of those that were there. */
  platforms?: Change<Platform>[]
  rings?: Change<Ring>[]
  bundles?: Change<Bundle>[]
  /** Versions by software id, in the place of what platforms and bundles say. */
  versions?: Record<string, string>
  series?: Series[]
}

/** Updates of a product, one on each Patch Tuesday, none of which contains another. */
interface Series {
  product: string
  firstKb: number
  /** `YYYY-MM`. */
  from: string
  months: number
  /** How many CVEs each fixes, all of one severity. */
  cves: number
  severity: Severity
}

/** Numbers of the CVEs that series fix, of each year: Microsoft will not give them, nor do the months to come. */
const firstCve = 9_950_001

/** A scenario that comes with the emulator, by name. `fixtures/scenario.schema.json` is what it looks like. */
export function loadScenario(name: string): Scenario {
  const {
    $schema: _,
    extends: basis,
    versions = {},
    series = [],
    overlay = {},
    ...own
  } = readFixture(`worlds/${name}.json`) as ScenarioFile
  const { platforms, rings, bundles, ...base }: Partial<Scenario> = basis === undefined ? {} : loadScenario(basis)
  const versioned = (text: string) => {
    const [id] = text.split('@') as [string]
    return versions[id] === undefined ? text : `${id}@${versions[id]}`
  }
  return {
    ...base,
    ...own,
    overlay: [base.overlay ?? {}, overlay, ...series.map(issued)].reduce(joined),
    platforms: changed(platforms, own.platforms).map(row => ({ ...row, software: row.software.map(versioned) })),
    rings: changed(rings, own.rings),
    bundles: changed(bundles, own.bundles).map(row => ({ ...row, software: row.software.map(versioned) }))
  } as Scenario
}

function issued({ product, firstKb, from, months, cves: each, severity }: Series): WorldOverlay {
  const [year, month] = from.split('-').map(Number) as [number, number]
  const title = `Vulnerability in ${product.split('-_-')[1]} (generated: no such CVE exists)`
  const rows = Array.from({ length: months }, (_, age) => {
    const released = patchTuesday(year, month - 1 + age)
    const cves = Array.from({ length: each }, (_, n) => ({
      id: `CVE-${released.slice(0, 4)}-${firstCve + age * each + n}`,
      severity,
      title
    }))
    return {
      cves,
      update: { id: String(firstKb + age), released, fixes: [{ product, cves: cves.map(({ id }) => id) }] }
    }
  })
  return { cves: rows.flatMap(({ cves }) => cves), updates: rows.map(({ update }) => update) }
}

function joined(one: WorldOverlay, other: WorldOverlay): WorldOverlay {
  const names = [...Object.keys(one), ...Object.keys(other)] as (keyof WorldOverlay)[]
  return Object.fromEntries(names.map(name => [name, [...(one[name] ?? []), ...(other[name] ?? [])]]))
}

/** Rows of a new name come last. */
function changed<T extends { name: string }>(rows: readonly T[] = [], changes: readonly Change<T>[] = []): T[] {
  const merged = new Map<string, T>(rows.map(row => [row.name, row]))
  for (const change of changes) merged.set(change.name, { ...merged.get(change.name), ...change } as T)
  return [...merged.values()]
}

/** What a world is like before anybody touched it: three numbers that tell worlds apart. */
export interface Measures {
  /** Devices, those that the scenario writes down included. */
  machines: number
  /** Updates that devices lack: the sum of what each lacks. */
  missingUpdates: number
  exposureScore: number
}

export interface ScenarioInfo {
  name: string
  /** A paragraph for people. */
  about: string
  /** Devices that are generated when nobody says how many. */
  machines: number
  /** The day that it is in the world; null for what is no world. */
  worldTime: string | null
  /** Of the well-known tenant at seed 1; null for what is no world. */
  measured: Measures | null
}

/** The scenarios that come with the emulator. What was measured stands in a file, which `npm run scenarios` writes. */
export function listScenarios(names: readonly string[]): ScenarioInfo[] {
  const { measured } = readFixture('measured.json') as { measured: Record<string, Measures & { worldTime: string }> }
  return names.map(name => {
    const { about, machines } = loadScenario(name)
    const { worldTime = null, ...numbers } = measured[name] ?? {}
    return { name, about, machines, worldTime, measured: worldTime === null ? null : (numbers as Measures) }
  })
}
