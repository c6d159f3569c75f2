import type { Entity, Property } from './entity.js'
import { ODataError, quoted } from './errors.js'
import { comparable, compile } from './evaluate.js'
import type { Expression } from './expression.js'
import { parseFilter } from './filter.js'

/** What an endpoint allows. */
export interface QueryRules {
  /** Ceiling of `$top`. */
  maxTop: number
  /** Properties that `$filter` may use; all when absent. */
  filterable?: readonly string[]
  /** Options that make sense here; all of ours when absent. */
  options?: readonly string[]
}

export interface Query {
  filter?: { expression: Expression; test: (row: Record<string, unknown>) => boolean }
  orderby?: { keys: readonly OrderKey[]; compare: (a: Record<string, unknown>, b: Record<string, unknown>) => number }
  top?: number
  skip: number
  /** Where an export goes on, as the last page said. */
  skiptoken?: string
  count: boolean
  /** Names in the entity's order; undefined for all. */
  select?: readonly string[]
}

export interface OrderKey {
  readonly steps: readonly Property[]
  readonly descending: boolean
}

export const options = ['$filter', '$orderby', '$top', '$skip', '$count', '$select', '$format']

/**
 * The query options in a raw query string (percent-encoded, without `?`). Parameters without `$` are ignored, as the
 * service ignores them (observed: PSMDATP sends its token form as the query of every GET); whatever else begins with
 * `$` is refused.
 */
export function parseQuery(search: string, entity: Entity, rules: QueryRules): Query {
  const query: Query = { skip: 0, count: false }
  if (search === '') return query
  const allowed = rules.options ?? options
  const seen = new Set<string>()
  for (const [name, text] of new URLSearchParams(search)) {
    if (!name.startsWith('$')) continue
    if (!allowed.includes(name)) {
      throw new ODataError(
        quoted(name).slice(1, -1),
        undefined,
        'this query option is not served here',
        `one of ${allowed.join(', ')}`
      )
    }
    if (seen.has(name)) throw new ODataError(name, undefined, 'it stands here twice', 'each query option once')
    seen.add(name)
    // ASP.NET Core OData refuses an empty option (SRResources.QueryCannotBeEmpty) for those that take an expression.
    if (text.trim() === '') throw new ODataError(name, undefined, 'it is empty', 'a value')
    switch (name) {
      case '$filter': {
        const expression = parseFilter(text, entity, { filterable: rules.filterable })
        query.filter = { expression, test: compile(expression) }
        break
      }
      case '$orderby':
        query.orderby = parseOrderby(text, entity)
        break
      case '$top':
        query.top = integer(name, text)
        if (query.top > rules.maxTop) {
          throw new ODataError(name, undefined, `${text.trim()} is too many`, `at most ${rules.maxTop}`)
        }
        break
      case '$skip':
        query.skip = integer(name, text)
        break
      case '$skiptoken':
        query.skiptoken = text
        break
      case '$count':
        if (!/^(true|false)$/.test(text.trim())) {
          throw new ODataError(name, undefined, `found ${quoted(text)}`, 'true or false')
        }
        query.count = text.trim() === 'true'
        break
      case '$select':
        query.select = parseSelect(text, entity)
        break
      default:
        if (!/^\s*(json|application\/json(\s*;.*)?)\s*$/i.test(text)) {
          throw new ODataError(name, undefined, `found ${quoted(text)}`, 'json')
        }
    }
  }
  return query
}

function integer(option: string, text: string): number {
  const value = Number(text)
  if (!/^\s*\d+\s*$/.test(text) || !Number.isSafeInteger(value)) {
    throw new ODataError(option, undefined, `found ${quoted(text)}`, 'a whole number from 0')
  }
  return value
}

function parseSelect(text: string, entity: Entity): readonly string[] | undefined {
  const chosen = new Set<string>()
  let all = false
  for (const { item, position } of items(text, '$select')) {
    if (item === '*') {
      all = true
      continue
    }
    chosen.add(propertyAt(item, entity, '$select', position).name)
  }
  return all ? undefined : entity.properties.map(({ name }) => name).filter(name => chosen.has(name))
}

function parseOrderby(text: string, entity: Entity): NonNullable<Query['orderby']> {
  const keys = items(text, '$orderby').map(({ item, position }): OrderKey => {
    const [path = '', direction = 'asc', ...rest] = item.split(/\s+/)
    if (rest.length > 0 || !/^(asc|desc)$/i.test(direction)) {
      throw new ODataError(
        '$orderby',
        position + path.length + 1,
        `found ${quoted([direction, ...rest].join(' '))}`,
        'asc or desc'
      )
    }
    const steps: Property[] = []
    let within: Entity | undefined = entity
    for (const name of path.split('/')) {
      if (within === undefined) {
        throw new ODataError(
          '$orderby',
          position,
          `${steps.at(-1)!.name} has no properties`,
          'a property of a simple type'
        )
      }
      const property: Property = propertyAt(name, within, '$orderby', position)
      if (property.collection) {
        throw new ODataError('$orderby', position, `${property.name} is a collection`, 'a property of a simple type')
      }
      steps.push(property)
      within = property.entity
    }
    if (within !== undefined) {
      throw new ODataError('$orderby', position, `${path} is of a complex type`, 'a property of a simple type')
    }
    return { steps, descending: /^desc$/i.test(direction) }
  })
  const compares = keys.map(comparator)
  return {
    keys,
    compare: (a, b) => {
      for (const compare of compares) {
        const order = compare(a, b)
        if (order !== 0) return order
      }
      return 0
    }
  }
}

/** Null sorts lowest (OData 4.0 protocol, 11.2.5.2), strings by code unit, enumerations by value. */
function comparator({ steps, descending }: OrderKey) {
  const last = steps.at(-1)!
  const convert = comparable(last.family, last.members)
  const read = (row: Record<string, unknown>) => {
    let value: unknown = row
    for (const { name } of steps) value = (value as Record<string, unknown> | null | undefined)?.[name]
    if (value === null || value === undefined) return null
    return convert === undefined ? (value as string) : convert(value as string)
  }
  const sign = descending ? -1 : 1
  return (a: Record<string, unknown>, b: Record<string, unknown>) => {
    const [x, y] = [read(a), read(b)]
    if (x === y) return 0
    if (x === null) return -sign
    if (y === null) return sign
    return x < y ? -sign : sign
  }
}

function propertyAt(name: string, entity: Entity, option: string, position: number): Property {
  const property = entity.find(name)
  if (property !== undefined) return property
  throw new ODataError(
    option,
    position,
    name === '' ? 'nothing stands here' : `there is no property ${quoted(name)}`,
    `one of ${entity.properties.map(({ name: known }) => known).join(', ')}`
  )
}

function items(text: string, option: string): { item: string; position: number }[] {
  let start = 0
  return text.split(',').map(part => {
    const position = start + part.length - part.trimStart().length + 1
    start += part.length + 1
    if (part.trim() === '') throw new ODataError(option, position, 'nothing stands here', 'the name of a property')
    return { item: part.trim(), position }
  })
}
