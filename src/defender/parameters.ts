import { ApiError } from './errors.js'

/** Parameters of a query string without `$`, by their names in lower case: the service reads them so. The first counts. */
export function parametersOf(search: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(search)) {
    const key = name.toLowerCase()
    if (!name.startsWith('$') && !parameters.has(key)) parameters.set(key, value)
  }
  return parameters
}

/** The arguments of a function call, as they stand in its parentheses: `ip='10.0.0.1',timestamp=2026-06-30T00:00:00Z`. */
export function argumentsOf(call: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const inside = /^\((.*)\)$/s.exec(call)?.[1] ?? ''
  let rest = inside
  while (rest !== '') {
    const [whole, name, quotedText, plain] = /^\s*(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([^',]*))\s*(?:,|$)/.exec(rest) ?? []
    if (whole === undefined) throw invalid('InvalidInput', `The arguments (${inside}) cannot be read at '${rest}'.`)
    found.set(name!.toLowerCase(), quotedText?.replaceAll("''", "'") ?? plain!.trim())
    rest = rest.slice(whole.length)
  }
  return found
}

export function required(given: ReadonlyMap<string, string>, name: string): string {
  const value = given.get(name.toLowerCase())?.trim()
  if (value !== undefined && value !== '') return value
  throw invalid('MissingRequiredParameter', `The parameter '${name}' is required.`)
}

/** A whole number within bounds. */
export function integer(text: string, name: string, from: number, to: number): number {
  const value = Number(text)
  if (/^\s*\d+\s*$/.test(text) && value >= from && value <= to) return value
  throw invalid(
    'InvalidInput',
    `The parameter '${name}' must be a whole number from ${from} to ${to}; found '${text}'.`
  )
}

/** An instant in ISO 8601 with its zone, in milliseconds since 1970, that lies within the last `days` days. */
export function recent(text: string, name: string, now: number, days: number): number {
  const at = Date.parse(text)
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)
  if (!iso || Number.isNaN(at)) {
    throw invalid(
      'InvalidInput',
      `The parameter '${name}' must be a date and time such as 2026-06-30T12:00:00Z; found '${text}'.`
    )
  }
  if (at > now || at < now - days * 86_400_000) {
    const [first, last] = [now - days * 86_400_000, now].map(time => new Date(time).toISOString())
    throw invalid(
      'InvalidInput',
      `The parameter '${name}' must lie within the last ${days} days, from ${first} to ${last}.`
    )
  }
  return at
}

/** Codes are those of the page common-errors; the wording is assumed. */
export function invalid(code: string, message: string): ApiError {
  return new ApiError(400, code, message, message)
}
