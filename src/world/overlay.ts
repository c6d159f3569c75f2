import type { Installation } from './condition.js'
import { applicable, containedIn } from './containment.js'
import { Contradiction } from './errors.js'
import type { FactRows, Facts, Severity } from './facts.js'
import { allBut, targetsOf } from './patch-states.js'
import type { PinnedDevice, Reported } from './pinned.js'
import { groupNamed, groupsOf } from './roster.js'
import type { Scenario } from './scenario.js'

/** The part of a fixture file that speaks of the world. Shapes: `fixtures/overlay.schema.json`. */
export interface WorldOverlay {
  products?: { vendor: string; name: string }[]
  cves?: { id: string; severity: Severity; publicExploit?: boolean; title?: string }[]
  updates?: {
    id: string
    released: string
    supersedes?: string[]
    fixes: { product: string; build?: number | null; cumulative?: boolean; cves: string[] }[]
  }[]
  machines?: OverlayMachine[]
}

export interface OverlayMachine {
  id: string
  computerDnsName: string
  os: string
  version?: string
  build?: number | null
  software?: { id: string; version?: string }[]
  missing?: string[]
  tags?: string[]
  group?: string
  duplicateOf?: string
  reported?: Reported
  tenant?: string
}

/** A row that contradicts others; `place` is its JSON pointer. */
export class OverlayError extends Contradiction {
  readonly place: string

  constructor(place: string, problem: string) {
    super(problem)
    this.place = place
  }
}

/** Lays the user's products, CVEs and updates over the catalog. */
export function overlayFacts(rows: FactRows, overlay: WorldOverlay): FactRows {
  if (!overlay.products && !overlay.cves && !overlay.updates) return rows
  const products = [...rows.products]
  const positions = new Map(products.map(({ vendor, name }, index) => [`${vendor}-_-${name}`, index]))
  for (const [, { vendor, name }] of unique(overlay.products, 'products', row => `${row.vendor}-_-${row.name}`)) {
    const id = `${vendor}-_-${name}`
    if (!positions.has(id)) positions.set(id, products.push({ vendor, name, kind: 'application' }) - 1)
  }

  const cves = [...rows.cves]
  const cvePosition = new Map(cves.map(({ id }, index) => [id, index]))
  for (const [, { id, severity, publicExploit = false, title }] of unique(overlay.cves, 'cves', row => row.id)) {
    const cve = { id, severity, publicExploit, ...(title !== undefined && { title }) }
    const position = cvePosition.get(id)
    if (position === undefined) cvePosition.set(id, cves.push(cve) - 1)
    else cves[position] = cve
  }

  const updates = new Map(rows.updates.map(update => [update.id, update]))
  const own = [...unique(overlay.updates, 'updates', row => row.id)]
  for (const [index, { id, released, supersedes = [], fixes }] of own) {
    const place = `/updates/${index}`
    if (!isDay(released)) throw new OverlayError(`${place}/released`, `${released} is not a day of the calendar`)
    updates.set(id, {
      id,
      released,
      supersedes,
      fixes: fixes.map(({ product, build = null, cumulative = false, cves: fixed }, n) => {
        const at = `${place}/fixes/${n}`
        if (!positions.has(product)) throw new OverlayError(`${at}/product`, unknownSoftware(product))
        if (cumulative && build === null) {
          throw new OverlayError(
            `${at}/cumulative`,
            'only an update of a Windows build can be cumulative: give its build'
          )
        }
        return {
          product,
          builds: [build],
          cumulative,
          cves: fixed.map((cve, k) => {
            const position = cvePosition.get(cve)
            if (position === undefined) {
              throw new OverlayError(`${at}/cves/${k}`, `${cve} is neither in the catalog nor under "cves"`)
            }
            return position
          })
        }
      })
    })
  }
  for (const [index, { id, released, supersedes = [] }] of own) {
    for (const [n, older] of supersedes.entries()) {
      const place = `/updates/${index}/supersedes/${n}`
      const known = updates.get(older)
      if (known === undefined) throw new OverlayError(place, unknownUpdate(older))
      if (older === id) throw new OverlayError(place, `KB ${id} cannot supersede itself`)
      if (known.released > released) {
        throw new OverlayError(
          place,
          `KB ${id} of ${released} cannot supersede KB ${older}, released on ${known.released}`
        )
      }
    }
  }
  return { ...rows, products, cves, updates: [...updates.values()] }
}

/**
 * The user's devices of one tenant, checked against the facts at a day of the world. `groups` are the ids of the groups
 * that have names already.
 */
export function pinDevices(
  facts: Facts,
  groups: ReadonlyMap<string, number>,
  overlay: WorldOverlay,
  tenant: string,
  day: string
): PinnedDevice[] {
  const known = new Map(groups)
  const names = new Map<string, string>()
  return [...unique(overlay.machines, 'machines', row => row.id)]
    .map(([index, row]) => {
      const place = `/machines/${index}`
      const name = row.computerDnsName.toLowerCase()
      const twin = names.get(name)
      if (twin !== undefined && row.duplicateOf === undefined) {
        throw new OverlayError(
          `${place}/computerDnsName`,
          `${row.computerDnsName} is the name of device ${twin} already`
        )
      }
      if (/^[0-9a-f]{40}$/.test(name)) {
        throw new OverlayError(`${place}/computerDnsName`, `${row.computerDnsName} is a device id, not a name`)
      }
      if (row.duplicateOf === undefined) names.set(name, row.id)
      if (row.duplicateOf === row.id) throw new OverlayError(`${place}/duplicateOf`, 'a device cannot duplicate itself')
      const { build = null, group = null, tags = [], duplicateOf, reported } = row
      refuseDays(reported, `${place}/reported`)
      const installations = installationsOf(facts, row, place)
      const targets = targetsOf(
        facts,
        installations.map(({ product }) => product),
        build
      )
      const missing = (row.missing ?? []).map((kb, n) => {
        const update = facts.update(kb)
        if (update === undefined) throw new OverlayError(`${place}/missing/${n}`, unknownUpdate(kb))
        return update
      })
      const fitting = new Set(applicable(targets))
      for (const [n, update] of missing.entries()) {
        const at = `${place}/missing/${n}`
        if (!fitting.has(update)) {
          throw new OverlayError(at, `KB ${update.id} fixes nothing that the device runs`)
        }
        if (update.released > day) {
          throw new OverlayError(at, `KB ${update.id} is released on ${update.released}, after world time (${day})`)
        }
      }
      const installed = allBut(new Set(missing), targets, day)
      for (const [n, update] of missing.entries()) {
        const container = installed.find(candidate => containedIn([candidate], targets).has(update))
        if (container !== undefined) {
          throw new OverlayError(
            `${place}/missing/${n}`,
            `KB ${update.id} cannot be missing without KB ${container.id} of ${container.released}, which contains it`
          )
        }
      }
      const { id } = groupNamed(group, known)
      if (group !== null) known.set(group, id)
      return {
        tenant: row.tenant,
        id: row.id,
        computerDnsName: row.computerDnsName,
        osPlatform: row.os,
        version: row.version ?? null,
        osBuild: build,
        installations,
        missing,
        asOf: day,
        tags,
        group: { id, name: group },
        ...(duplicateOf !== undefined && { duplicateOf }),
        ...(reported && { reported })
      }
    })
    .filter(device => device.tenant === undefined || device.tenant.toLowerCase() === tenant)
}

/** The devices that a scenario writes down, and the user's, which take the place of those with their ids or names. */
export function devicesWritten(
  facts: Facts,
  scenario: Scenario,
  own: WorldOverlay,
  tenant: string,
  day: string
): PinnedDevice[] {
  const groups = groupsOf(scenario)
  // World time may be earlier than the scenario's: what is not released yet, nobody lacks.
  const machines = scenario.overlay?.machines?.map(({ missing = [], ...row }) => ({
    ...row,
    missing: missing.filter(kb => facts.update(kb)!.released <= day)
  }))
  const given = machines === undefined ? [] : pinDevices(facts, groups, { machines }, tenant, day)
  for (const { group } of given) if (group.name !== null) groups.set(group.name, group.id)
  const mine = pinDevices(facts, groups, own, tenant, day)
  const taken = new Set(mine.flatMap(({ id, computerDnsName }) => [id, computerDnsName.toLowerCase()]))
  const isFree = ({ id, computerDnsName }: PinnedDevice) => !taken.has(id) && !taken.has(computerDnsName.toLowerCase())
  return [...given.filter(isFree), ...mine]
}

function refuseDays({ firstSeen, lastSeen }: Reported = {}, place: string): void {
  for (const [name, text] of Object.entries({ firstSeen, lastSeen })) {
    if (text !== undefined && (Number.isNaN(Date.parse(text)) || !isDay(text.slice(0, 10)))) {
      throw new OverlayError(`${place}/${name}`, `${text} is not an instant of the calendar`)
    }
  }
  if (firstSeen !== undefined && lastSeen !== undefined && Date.parse(lastSeen) < Date.parse(firstSeen)) {
    throw new OverlayError(`${place}/lastSeen`, `${lastSeen} is before it was first seen`)
  }
}

/** The Windows product behind each `osPlatform` of the API. */
const windows = new Map(
  Object.entries({
    Windows7: 'windows_7',
    'Windows8.1': 'windows_8.1',
    Windows10: 'windows_10',
    Windows11: 'windows_11',
    WindowsServer2008R2: 'windows_server_2008_r2',
    WindowsServer2012: 'windows_server_2012',
    WindowsServer2012R2: 'windows_server_2012_r2',
    WindowsServer2016: 'windows_server_2016',
    WindowsServer2019: 'windows_server_2019',
    WindowsServer2022: 'windows_server_2022',
    WindowsServer2025: 'windows_server_2025'
  })
)

function installationsOf(facts: Facts, row: OverlayMachine, place: string): Installation[] {
  const installations: Installation[] = []
  const system = windows.get(row.os)
  if (system !== undefined) {
    if (row.build == null) throw new OverlayError(place, `a ${row.os} device needs its "build" to know its updates`)
    installations.push({ product: facts.product(`microsoft-_-${system}`)!, version: null })
  } else if (/^windows/i.test(row.os)) {
    throw new OverlayError(`${place}/os`, `"${row.os}" is none of ${[...windows.keys()].join(', ')}`)
  }
  for (const [n, { id, version = null }] of (row.software ?? []).entries()) {
    const at = `${place}/software/${n}/id`
    const product = facts.product(id)
    if (product === undefined) throw new OverlayError(at, unknownSoftware(id))
    const twin = installations.findIndex(installation => installation.product === product)
    if (twin !== -1 && product.kind !== 'windows') throw new OverlayError(at, `${id} is listed twice`)
    if (product.kind === 'windows' && twin === -1) {
      throw new OverlayError(at, `a device with os ${row.os} cannot run ${id}`)
    }
    if (twin === -1) installations.push({ product, version })
    else installations[twin] = { product, version }
  }
  return installations.sort((a, b) => a.product.index - b.product.index)
}

function* unique<T>(rows: readonly T[] | undefined, section: string, idOf: (row: T) => string): Iterable<[number, T]> {
  const seen = new Map<string, number>()
  for (const [index, row] of (rows ?? []).entries()) {
    const id = idOf(row).toLowerCase()
    const twin = seen.get(id)
    if (twin !== undefined) {
      throw new OverlayError(`/${section}/${index}`, `${idOf(row)} stands at /${section}/${twin} already`)
    }
    seen.set(id, index)
    yield [index, row]
  }
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function unknownSoftware(id: string): string {
  return `software ${id} is neither in the catalog nor under "products"`
}

function unknownUpdate(kb: string): string {
  return `KB ${kb} is neither in the catalog nor under "updates"`
}
