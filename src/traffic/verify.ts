import { suggestion } from '../edit-distance.js'
import { nearestOf, pathOf, queryOf } from './entry.js'
import { type Criterion, criteria, FilterBody, fits, InvalidRequest, type RequestFilter } from './filter.js'
import type { Asked } from './journal.js'
import { kept } from './redaction.js'

/** How often requests should have come. */
export interface Expectation {
  request: RequestFilter
  /** Exactly so often, within bounds, or never; at least once when absent. */
  times?: number | 'never' | { atLeast?: number; atMost?: number }
}

/** What was expected and is not so, as people read it. */
export interface Difference {
  /** Its number in the list, from 1. */
  expectation: number
  expected: string
  /** How many requests fit. */
  found: number
  /** Those that fit, the newest few. */
  fitting: string[]
  /** Those that come nearest, and what is different in each. */
  nearest: { request: string; differs: string[] }[]
  /** What else explains it. */
  hint?: string
}

/** Expectations that do not hold; the message says all of `differences`. */
export class Unverified extends Error {
  override readonly name = 'Unverified'
  /** In a line. */
  readonly headline: string
  readonly differences: readonly Difference[]

  constructor(differences: readonly Difference[], of: number) {
    const headline = headlineOf(differences, of)
    super([headline, ...differences.map(inWords)].join('\n\n'))
    this.headline = headline
    this.differences = differences
  }
}

/** How an expectation came out that holds. */
export interface Verified {
  expected: string
  found: number
}

/** Where the requests come from. */
export interface Evidence {
  /** From the oldest. */
  asked: readonly Asked[]
  /** How many of a tenant, or of all, are not there any more. */
  dropped: (tenant: string | undefined) => number
  /** How many are kept. */
  size: number
  tenantOf: (idOrDomain: string) => string
}

const count = { type: 'integer', minimum: 0 } as const

export const ExpectationsBody = {
  type: 'array',
  minItems: 1,
  maxItems: 1000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['request'],
    properties: {
      request: FilterBody,
      times: {
        description: 'Exactly so often, never, or within bounds; at least once when absent.',
        type: ['integer', 'string', 'object'],
        minimum: 0,
        pattern: '^never$',
        additionalProperties: false,
        minProperties: 1,
        properties: { atLeast: count, atMost: count }
      }
    }
  },
  examples: [[{ request: { operation: 'get-missing-kbs-software', status: 200 }, times: { atLeast: 1 } }]]
} as const

/** A reason may name all that is served. */
const longestReason = 160
const mostShown = 5
const mostNearest = 3
/** Requests, the newest, among which the nearest are looked for. */
const mostCompared = 2_000

interface Bounds {
  least: number
  most: number
}

interface Check extends Bounds {
  expected: string
  criteria: Criterion[]
  tenant: string | undefined
  fitting: Asked[]
}

/** Holds expectations against what was asked. Throws `Unverified` when some do not hold. */
export function verify(expectations: readonly Expectation[], inOrder: boolean, evidence: Evidence): Verified[] {
  if (!Array.isArray(expectations) || expectations.length === 0) {
    throw new InvalidRequest('expectations must be a list, such as [{ "request": { "operation": "get-machines" } }]')
  }
  const checks = expectations.map((expectation, index) => checkOf(expectation, `expectation ${index + 1}`, evidence))
  const late = inOrder ? firstLate(checks) : undefined
  const differences = checks.flatMap((check, index) => {
    const hint = flawOf(check, evidence) ?? (late?.index === index ? late.hint : undefined)
    const holds = check.fitting.length >= check.least && check.fitting.length <= check.most
    return holds && hint === undefined ? [] : [differenceOf(check, index + 1, holds, hint, evidence)]
  })
  if (differences.length > 0) throw new Unverified(differences, checks.length)
  return checks.map(({ expected, fitting }) => ({ expected, found: fitting.length }))
}

function checkOf(expectation: Expectation, where: string, { asked, tenantOf }: Evidence): Check {
  const { request, times, ...rest } = expectation ?? {}
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) {
    throw new InvalidRequest(`${where} has an unknown field "${unknown}"${suggestion(unknown, ['request', 'times'])}`)
  }
  const of = criteria(request, tenantOf, `${where}, request`)
  const { least, most } = boundsOf(times, where)
  return {
    least,
    most,
    expected: `${wordsOf(of)}, ${timesOf({ least, most })}`,
    criteria: of,
    tenant: request.tenant === undefined ? undefined : tenantOf(request.tenant),
    fitting: asked.filter(one => fits(one, of))
  }
}

function boundsOf(times: Expectation['times'] = { atLeast: 1 }, where: string): Bounds {
  if (times === 'never') return { least: 0, most: 0 }
  if (isCount(times)) return { least: times, most: times }
  if (typeof times === 'object' && times !== null) {
    const { atLeast = 0, atMost = Number.POSITIVE_INFINITY, ...rest } = times
    const bounded = times.atLeast !== undefined || times.atMost !== undefined
    const counts = isCount(atLeast) && (isCount(atMost) || times.atMost === undefined)
    if (bounded && counts && atLeast <= atMost && Object.keys(rest).length === 0)
      return { least: atLeast, most: atMost }
  }
  throw new InvalidRequest(
    `${where}: times is ${JSON.stringify(times)}; it must be a whole number, "never", or { "atLeast": n, "atMost": m } with n not above m`
  )
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Why requests that may be gone make it impossible to tell. */
function flawOf({ tenant, most, fitting, least }: Check, { dropped, size }: Evidence): string | undefined {
  const gone = dropped(tenant)
  const told = most === Number.POSITIVE_INFINITY ? fitting.length >= least : fitting.length > most
  if (gone === 0 || told) return undefined
  return `${gone} older requests${tenant === undefined ? '' : ' of this tenant'} have left the journal, which keeps ${size} (--journal): clear it before what is verified, or let it keep more`
}

/** In order: each expectation is met by requests that came after those which met the one before. */
function firstLate(checks: readonly Check[]): { index: number; hint: string } | undefined {
  let after = 0
  for (const [index, { fitting, least }] of checks.entries()) {
    if (least === 0) continue
    const later = fitting.filter(({ id }) => id > after)
    if (later.length < least && fitting.length >= least) {
      return {
        index,
        hint: `in order, only ${later.length} of ${fitting.length} came after #${after}, which met what goes before`
      }
    }
    after = later[least - 1]?.id ?? after
  }
  return undefined
}

function differenceOf(
  check: Check,
  expectation: number,
  holds: boolean,
  hint: string | undefined,
  { asked }: Evidence
): Difference {
  const { expected, fitting, least } = check
  const missing = !holds && fitting.length < least
  return {
    expectation,
    expected,
    found: fitting.length,
    fitting: fitting.slice(-mostShown).map(lineOf),
    nearest: missing ? nearestOnes(asked, check.criteria) : [],
    ...(hint === undefined ? missing && asked.length === 0 && { hint: 'nothing was asked at all' } : { hint })
  }
}

/** What comes nearest, each kind once. */
function nearestOnes(asked: readonly Asked[], criteria: readonly Criterion[]): Difference['nearest'] {
  const kinds = new Map<string, { request: string; differs: string[]; far: number; times: number }>()
  for (const one of asked.slice(-mostCompared).reverse()) {
    const failing = criteria.filter(({ holds }) => !holds(one))
    if (failing.length === 0) continue
    const differs = failing.map(({ instead }) => instead(one))
    const kind = `${one.method} ${pathOf(one)} ${differs.join()}`
    const known = kinds.get(kind)
    if (known !== undefined) known.times++
    else {
      const far = failing.reduce((sum, criterion) => sum + criterion.far(one), 0)
      kinds.set(kind, { request: lineOf(one), differs, far, times: 1 })
    }
  }
  const sorted = [...kinds.values()].sort((one, other) => one.far - other.far)
  return sorted
    .filter(({ far }) => far < sorted[0]!.far + 1)
    .slice(0, mostNearest)
    .map(({ request, differs, times }) => ({
      request: times === 1 ? request : `${request} (and ${times - 1} more like it)`,
      differs
    }))
}

/** A request in a line. */
export function lineOf(asked: Asked): string {
  const { id, method, status, hungUp, reason } = asked
  const query = Object.entries(queryOf(asked)).map(([name, value]) => `${name}=${[value].flat().join(',')}`)
  const near = nearestOf(asked)
  return [
    `#${id} ${method} ${pathOf(asked)}${query.length === 0 ? '' : `?${query.join('&')}`} answered ${status ?? 'nothing'}`,
    ...(hungUp ? ['the client hung up'] : []),
    ...(reason !== undefined && !asked.unhandled ? [kept(reason, longestReason)] : []),
    ...(asked.unhandled ? [near === undefined ? 'nothing serves it' : `nothing serves it; nearest is ${near}`] : [])
  ].join(', ')
}

/** `GET /api/machines (get-machines) with status 2xx`. */
function wordsOf(criteria: readonly Criterion[]): string {
  const said = new Map(criteria.map(({ name, value }) => [name, value]))
  const [method, path, operation] = [said.get('method')?.toUpperCase(), said.get('path'), said.get('operation')]
  const what = [method, path, operation !== undefined && path !== undefined ? `(${operation})` : operation]
  for (const name of ['method', 'path', 'operation'] as const) said.delete(name)
  const rest = [...said].map(([name, value]) => `${name} ${value}`).join(', ')
  const subject = what.filter(part => part !== undefined).join(' ') || (rest === '' ? 'any request' : 'requests')
  return rest === '' ? subject : `${subject} with ${rest}`
}

function timesOf({ least, most }: Bounds): string {
  const times = (count: number) => (count === 1 ? 'once' : `${count} times`)
  if (most === 0) return 'never'
  if (least === most) return `exactly ${times(most)}`
  if (most === Number.POSITIVE_INFINITY) return `at least ${times(least)}`
  return least === 0 ? `at most ${times(most)}` : `${least} to ${most} times`
}

function headlineOf(differences: readonly Difference[], of: number): string {
  const [{ expected, found }] = differences as [Difference]
  if (of === 1) return `The expectation does not hold: ${expected}; found ${found}.`
  const failing = differences.length
  return `${failing} of ${of} expectations ${failing === 1 ? 'does' : 'do'} not hold; the first: ${expected}; found ${found}.`
}

function inWords({ expectation, expected, found, fitting, nearest, hint }: Difference): string {
  return [
    `${expectation}. expected ${expected}; found ${found}`,
    ...fitting.map(line => `     ${line}`),
    ...(found > fitting.length ? [`     and ${found - fitting.length} before`] : []),
    ...(hint === undefined ? [] : [`   ${hint}`]),
    ...(nearest.length === 0 ? [] : ['   nearest:']),
    ...nearest.flatMap(({ request, differs }) => [`     ${request}`, ...differs.map(text => `       ${text}`)])
  ].join('\n')
}
