import { setImmediate as breathe } from 'node:timers/promises'
import type { Expression } from './expression.js'
import { First } from './first.js'
import type { Query } from './query.js'

export interface Page<T> {
  value: Rows<T>
  /** Rows in all after `$filter`, when `$count=true`. */
  count?: number
  /** `$skip` of the next page, when there is one. */
  nextSkip?: number
}

/** Rows that are made when they are looked at; an array is one. */
export interface Rows<T> {
  readonly length: number
  at(index: number): T | undefined
  /**
   * Those that may have these values, in their order, when that can be said without looking at all; more than match is
   * fine, fewer is not.
   */
  readonly where?: (equal: ReadonlyMap<string, unknown>) => Rows<T> | undefined
}

export interface PageRules {
  /** Rows in a page without `$top`. */
  pageSize: number
  /** A page that `$top` cut has a next one, too. */
  linkAfterTop?: boolean
  /** Nobody waits for the answer any more. */
  abandoned?: () => boolean
}

/** What a long scan ends with when nobody waits for it. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned'
}

/** Rows between two breaths: some milliseconds, for who waits for something else meanwhile. */
const stride = 1_000

/**
 * Filters, counts, sorts and cuts. With `$top` there is no next page however many rows remain, unless the rules say
 * so: the service is so (observed, MicrosoftDocs/microsoft-365-docs#8489). Past the end a page is empty, which some clients wait for.
 *
 * No row is made that nobody has to see: without `$filter` and `$orderby` only those of the page, when they are read;
 * with `$filter` alone none behind the page unless they are counted.
 */
export async function page<T extends object>(rows: Rows<T>, query: Query, rules: PageRules): Promise<Page<T>> {
  const { filter, orderby, top, skip, count } = query
  const end = skip + (top ?? rules.pageSize)
  const finish = (value: Rows<T>, total: number): Page<T> => ({
    value,
    ...(count && { count: total }),
    ...((top === undefined || (rules.linkAfterTop && top > 0)) && end < total && { nextSkip: end })
  })

  if (orderby !== undefined) {
    const first = new First(orderby, end)
    const candidates = await matching(rows, filter, rules, (row, index) => first.add(row, index))
    const value = await first.indices(skip)
    return finish({ length: value.length, at: index => candidates.at(value[index]!) }, first.seen)
  }
  if (filter === undefined) {
    const length = Math.max(0, Math.min(end, rows.length) - skip)
    return finish({ length, at: index => rows.at(skip + index) }, rows.length)
  }
  const value: T[] = []
  let total = 0
  await matching(rows, filter, rules, row => {
    if (total >= skip && total < end) value.push(row)
    total++
    return total > end && !count ? 'enough' : undefined
  })
  return finish(value, total)
}

/** What `/$count` answers: only `$filter` matters (OData 4.0 protocol, 11.2.5.5). */
export async function applyCount<T extends object>(
  rows: Rows<T>,
  { filter }: Query,
  abandoned?: PageRules['abandoned']
): Promise<number> {
  if (filter === undefined) return rows.length
  let count = 0
  await matching(rows, filter, { abandoned }, () => void count++)
  return count
}

/** Shows each row that matches, and says among which rows it looked. */
async function matching<T extends object>(
  rows: Rows<T>,
  filter: Query['filter'],
  { abandoned }: { abandoned?: PageRules['abandoned'] },
  found: (row: T, index: number) => unknown
): Promise<Rows<T>> {
  const candidates = (filter && rows.where?.(demanded(filter.expression))) ?? rows
  for (let index = 0; index < candidates.length; index++) {
    if (index % stride === stride - 1) {
      await breathe()
      if (abandoned?.()) throw new Abandoned()
    }
    const row = candidates.at(index)!
    if (filter !== undefined && !filter.test(row as Record<string, unknown>)) continue
    if (found(row, index) === 'enough') break
  }
  return candidates
}

/** Values that properties must have for an expression to hold: its comparisons `name eq 'x'` joined by `and`. */
function demanded(expression: Expression): ReadonlyMap<string, unknown> {
  if (expression.kind === 'and') return new Map([...demanded(expression.left), ...demanded(expression.right)])
  if (expression.kind !== 'compare' || expression.operator !== 'eq') return new Map()
  const { left, right } = expression
  if (left.kind !== 'path' || left.steps.length !== 1 || right.kind !== 'literal') return new Map()
  return new Map([[left.steps[0]!.name, right.value]])
}

/** Only these properties of a row, in their order; all without names. */
export function select(row: object, names: readonly string[] | undefined): object {
  // A row may work out its properties when they are looked at: then it says itself what all of them are.
  if (names === undefined) return 'toJSON' in row ? (row as { toJSON(): object }).toJSON() : row
  return Object.fromEntries(names.map(name => [name, (row as Record<string, unknown>)[name]]))
}

/**
 * The query of the next page: the options as they were asked, with another `$skip` (or what stands for it). Parameters
 * without `$` are left out but for those that mean something here: the service ignores the others, and a client may have
 * put its secret there.
 */
export function nextSearch(search: string, next: string, parameters: object = {}): string {
  const meant = Object.keys(parameters).map(name => name.toLowerCase())
  return [
    ...search.split('&').filter(part => meant.includes(part.split('=', 1)[0]!.toLowerCase())),
    ...optionsOf(search)
      .filter(([name]) => name !== '$skip')
      .map(([, part]) => part),
    next
  ].join('&')
}

/** The options of a query string as they were written, by name. */
export function optionsOf(search: string): [name: string, part: string][] {
  return search.split('&').flatMap((part): [string, string][] => {
    const name = decodeURIComponentSafely(part.split('=', 1)[0]!)
    return name.startsWith('$') ? [[name, part.replace(/^%24/i, '$')]] : []
  })
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
