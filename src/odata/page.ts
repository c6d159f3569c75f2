import { setImmediate as breathe } from 'node:timers/promises'
import type { Expression } from './expression.js'
import type { Query } from './query.js'

export interface Page<T> {
  value: readonly T[]
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

/** Rows between two breaths: some milliseconds, for who waits for something else meanwhile. */
const stride = 2_000

/**
 * Filters, counts, sorts and cuts. With `$top` there is no next page however many rows remain: the service is so
 * (observed, MicrosoftDocs/microsoft-365-docs#8489). Past the end a page is empty, which some clients wait for.
 *
 * No row is made that nobody has to see: without `$filter` and `$orderby` only those of the page, with `$filter` alone
 * none behind the page unless they are counted.
 */
export async function page<T extends object>(
  rows: Rows<T>,
  query: Query,
  rules: { pageSize: number }
): Promise<Page<T>> {
  const { filter, orderby, top, skip, count } = query
  const end = skip + (top ?? rules.pageSize)
  const finish = (value: readonly T[], total: number): Page<T> => ({
    value,
    ...(count && { count: total }),
    ...(top === undefined && end < total && { nextSkip: end })
  })

  if (orderby !== undefined) {
    const chosen: T[] = []
    await matching(rows, filter, row => void chosen.push(row))
    chosen.sort((a, b) => orderby.compare(a as Record<string, unknown>, b as Record<string, unknown>))
    return finish(chosen.slice(skip, end), chosen.length)
  }
  if (filter === undefined) {
    const value: T[] = []
    for (let index = skip; index < Math.min(end, rows.length); index++) value.push(rows.at(index)!)
    return finish(value, rows.length)
  }
  const value: T[] = []
  let total = 0
  await matching(rows, filter, row => {
    if (total >= skip && total < end) value.push(row)
    total++
    return total > end && !count ? 'enough' : undefined
  })
  return finish(value, total)
}

/** What `/$count` answers: only `$filter` matters (OData 4.0 protocol, 11.2.5.5). */
export async function applyCount<T extends object>(rows: Rows<T>, { filter }: Query): Promise<number> {
  if (filter === undefined) return rows.length
  let count = 0
  await matching(rows, filter, () => void count++)
  return count
}

async function matching<T extends object>(
  rows: Rows<T>,
  filter: Query['filter'],
  found: (row: T) => unknown
): Promise<void> {
  const candidates = (filter && rows.where?.(demanded(filter.expression))) ?? rows
  for (let index = 0; index < candidates.length; index++) {
    if (index % stride === stride - 1) await breathe()
    const row = candidates.at(index)!
    if (filter !== undefined && !filter.test(row as Record<string, unknown>)) continue
    if (found(row) === 'enough') return
  }
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
export function select<T extends object>(row: T, names: readonly string[] | undefined): object {
  if (names === undefined) return row
  return Object.fromEntries(names.map(name => [name, (row as Record<string, unknown>)[name]]))
}

/**
 * The query of the next page: the options as they were asked, with another `$skip`. Parameters without `$` are left
 * out: the service ignores them, and a client may have put its secret there.
 */
export function nextSearch(search: string, nextSkip: number): string {
  const kept = search.split('&').filter(part => {
    const name = decodeURIComponentSafely(part.split('=', 1)[0]!)
    return name.startsWith('$') && name !== '$skip'
  })
  return [...kept.map(part => part.replace(/^%24/i, '$')), `$skip=${nextSkip}`].join('&')
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
