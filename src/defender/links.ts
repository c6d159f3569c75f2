import { nextSearch, optionsOf } from '../odata/page.js'
import type { Collection, Reading } from './endpoint.js'
import { skipToken } from './snapshot.js'

export interface NextPage {
  /** The query of this page. */
  search: string
  /** The row that the next page begins with. */
  line: number
  pageSize: number
  reading: Reading
}

/** The query of the link to the next page. */
export function nextPage(endpoint: Collection, { search, line, pageSize, reading }: NextPage): string {
  if (endpoint.export !== undefined)
    return nextExportSearch(search, reading.parameters, pageSize, skipToken(reading.now, line))
  const mangled = reading.quirks.has('nextlink-mangled-loop') ? mangledSearch(search, pageSize) : undefined
  return mangled ?? nextSearch(search, `$skip=${line}`, endpoint.parameters)
}

/** As the pages print it: `sincetime`, `pagesize` in lower case, then the token, or the next page would lack it. */
function nextExportSearch(
  search: string,
  parameters: ReadonlyMap<string, string>,
  size: number,
  token: string
): string {
  const since = parameters.get('sincetime')
  const kept = optionsOf(search).filter(([name]) => name !== '$skip' && name !== '$skiptoken')
  return [
    ...(since === undefined ? [] : [`sincetime=${encodeURIComponent(since)}`]),
    `pagesize=${size}`,
    ...kept.map(([, part]) => part),
    `$skiptoken=${encodeURIComponent(token).replaceAll('%3D', '=')}`
  ].join('&')
}

/** The query of the link with the quirk `nextlink-mangled-loop`; undefined where the service did not lose its names. */
function mangledSearch(search: string, pageSize: number): string | undefined {
  const parts = search.split('&')
  if (!parts.some(part => /^(?:(?:\$|%24)filter)?=/i.test(part))) return undefined
  const nameless = parts.flatMap(part => {
    const [, name = '', value] = /^(?:\$|%24)?([^=]*)=(.*)$/s.exec(part) ?? []
    const isOption = /^(?:\$|%24)/i.test(part) && name.toLowerCase() !== 'skip'
    return value !== undefined && (isOption || name === '') ? [`=${value}`] : []
  })
  return [...nameless, `$skip=${pageSize}`].join('&')
}
