import type { Query } from './query.js'

export interface Page<T> {
  value: readonly T[]
  /** Rows in all after `$filter`, when `$count=true`. */
  count?: number
  /** `$skip` of the next page, when there is one. */
  nextSkip?: number
}

/**
 * Filters, counts, sorts and cuts. With `$top` there is no next page however many rows remain: the service is so
 * (observed, MicrosoftDocs/microsoft-365-docs#8489). Past the end a page is empty, which some clients wait for.
 */
export function page<T extends object>(rows: readonly T[], query: Query, rules: { pageSize: number }): Page<T> {
  const { filter, orderby, top, skip, count } = query
  let chosen = filter === undefined ? rows : rows.filter(row => filter.test(row as Record<string, unknown>))
  const total = chosen.length
  if (orderby !== undefined) {
    chosen = [...chosen].sort((a, b) => orderby.compare(a as Record<string, unknown>, b as Record<string, unknown>))
  }
  const end = Math.min(total, skip + (top ?? rules.pageSize))
  return {
    value: skip === 0 && end === chosen.length ? chosen : chosen.slice(skip, end),
    ...(count && { count: total }),
    ...(top === undefined && end < total && { nextSkip: end })
  }
}

/** What `/$count` answers: only `$filter` matters (OData 4.0 protocol, 11.2.5.5). */
export function applyCount<T extends object>(rows: readonly T[], { filter }: Query): number {
  if (filter === undefined) return rows.length
  let count = 0
  for (const row of rows) if (filter.test(row as Record<string, unknown>)) count++
  return count
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
