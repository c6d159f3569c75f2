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
}

/**
 * Filters, counts, sorts and cuts. With `$top` there is no next page however many rows remain: the service is so
 * (observed, MicrosoftDocs/microsoft-365-docs#8489). Past the end a page is empty, which some clients wait for.
 *
 * No row is made that nobody has to see: without `$filter` and `$orderby` only those of the page, with `$filter` alone
 * none behind the page unless they are counted.
 */
export function page<T extends object>(rows: Rows<T>, query: Query, rules: { pageSize: number }): Page<T> {
  const { filter, orderby, top, skip, count } = query
  const end = skip + (top ?? rules.pageSize)
  const matches = (row: T) => filter === undefined || filter.test(row as Record<string, unknown>)
  const finish = (value: readonly T[], total: number): Page<T> => ({
    value,
    ...(count && { count: total }),
    ...(top === undefined && end < total && { nextSkip: end })
  })

  if (orderby !== undefined) {
    const chosen: T[] = []
    for (const row of each(rows)) if (matches(row)) chosen.push(row)
    chosen.sort((a, b) => orderby.compare(a as Record<string, unknown>, b as Record<string, unknown>))
    return finish(chosen.slice(skip, end), chosen.length)
  }
  if (filter === undefined) return finish([...each(rows, skip, end)], rows.length)
  const value: T[] = []
  let total = 0
  for (const row of each(rows)) {
    if (!matches(row)) continue
    if (total >= skip && total < end) value.push(row)
    total++
    if (total > end && !count) break
  }
  return finish(value, total)
}

/** What `/$count` answers: only `$filter` matters (OData 4.0 protocol, 11.2.5.5). */
export function applyCount<T extends object>(rows: Rows<T>, { filter }: Query): number {
  if (filter === undefined) return rows.length
  let count = 0
  for (const row of each(rows)) if (filter.test(row as Record<string, unknown>)) count++
  return count
}

function* each<T>(rows: Rows<T>, from = 0, to = rows.length): Iterable<T> {
  for (let index = from; index < Math.min(to, rows.length); index++) yield rows.at(index)!
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
