import { suggestion } from '../edit-distance.js'
import { operationOf, pathOf, queryOf, timeOf } from './entry.js'
import type { Asked } from './journal.js'
import { pathDistance } from './path-distance.js'
import { pathPattern } from './path-pattern.js'
import { operationNames, served } from './served.js'

/** Which requests are meant; all of what is given must fit. */
export interface RequestFilter {
  method?: string
  /** `/api/Software/*` and the like: `*` within a segment, `**` for any number of segments; any letter case. */
  path?: string
  /** The slug of Microsoft's page, or `token` and the like. */
  operation?: string
  /** Parameters that must be there, with these values where values are given: `$top=100&$filter`. */
  query?: string
  /** `404`, or `4xx`. */
  status?: number | string
  /** Tenant id or domain. */
  tenant?: string
  /** Client id. */
  application?: string
  /** Name of a user, or object id of an application. */
  subject?: string
  /** Part of the User-Agent header. */
  userAgent?: string
  /** The client's own id of the request. */
  correlationId?: string
  /** Whether nothing serves it. */
  unhandled?: boolean
  /** Name of the fault that answered. */
  fault?: string
  /** Asked at this instant or later, on the tenant's clock: ISO 8601. */
  since?: string
  /** Asked before this instant. */
  until?: string
}

/** Input of the library that is no filter, no expectation. `statusCode` is for the control plane. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest'
  readonly statusCode = 400
}

/** One thing that must be so. */
export interface Criterion {
  name: keyof RequestFilter
  value: string
  holds: (asked: Asked) => boolean
  /** What it is instead: `status is 200`. */
  instead: (asked: Asked) => string
  /** How far a request is from it: 0 when it holds, else up to 2. */
  far: (asked: Asked) => number
}

interface Row {
  schema: {
    readonly type: string | readonly string[]
    readonly description: string
    readonly [keyword: string]: unknown
  }
  /** What is wrong with a value of the right type, if anything. */
  flaw?: (value: string) => string | undefined
  /** What it is called in a request, if not the same. */
  label?: string
  /** The same thing of a request. */
  of: (asked: Asked) => string | number | boolean | undefined
  /** Whether a request has it; equal, in any letter case, when absent. */
  test?: (value: string) => (asked: Asked) => boolean
  far?: (value: string) => (asked: Asked) => number
}

const text = (description: string) => ({ type: 'string', minLength: 1, maxLength: 1000, description }) as const
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i
const instant = (value: string) =>
  iso.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : 'an instant in ISO 8601, such as 2026-06-30T09:00:00Z'

/** What can be asked for, and how it is answered. The cheap tests come first. */
const rows: { readonly [Name in keyof RequestFilter]-?: Row } = {
  method: { schema: text('HTTP method.'), of: ({ method }) => method },
  status: {
    schema: { type: ['integer', 'string'], description: 'Such as 404, or 4xx.', examples: ['4xx'] },
    flaw: value => (/^[1-5](\d\d|xx)$/i.test(value) ? undefined : 'a status such as 404, or 4xx'),
    of: ({ status }) => status,
    test:
      value =>
      ({ status }) =>
        value.slice(1).toLowerCase() === 'xx'
          ? Math.floor((status ?? 0) / 100) === Number(value[0])
          : status === Number(value)
  },
  tenant: { schema: text('Tenant id or domain.'), of: ({ tenant }) => tenant },
  application: { schema: text('Client id.'), of: ({ who }) => who?.application },
  subject: { schema: text('Name of a user, or object id of an application.'), of: ({ who }) => who?.subject },
  unhandled: {
    schema: { type: 'boolean', description: 'What nothing serves: 404 without a route, 405, 501.' },
    of: ({ unhandled }) => unhandled
  },
  fault: { schema: text('Name of the fault that answered.'), of: ({ fault }) => fault },
  since: {
    schema: {
      ...text("Asked at this instant or later, on the tenant's clock: ISO 8601."),
      examples: ['2026-06-30T09:00:00Z']
    },
    flaw: instant,
    label: 'time',
    of: timeOf,
    test:
      value =>
      ({ time }) =>
        Math.floor(time) >= Date.parse(value)
  },
  until: {
    schema: {
      ...text("Asked before this instant, on the tenant's clock: ISO 8601."),
      examples: ['2026-06-30T10:00:00Z']
    },
    flaw: instant,
    label: 'time',
    of: timeOf,
    test:
      value =>
      ({ time }) =>
        Math.floor(time) < Date.parse(value)
  },
  correlationId: { schema: text("The client's own id of the request."), of: ({ correlationId }) => correlationId },
  userAgent: {
    schema: text('Part of the User-Agent header, in any letter case.'),
    of: ({ userAgent }) => userAgent,
    test:
      value =>
      ({ userAgent = '' }) =>
        userAgent.toLowerCase().includes(value.toLowerCase())
  },
  operation: {
    schema: {
      ...text("The slug of Microsoft's page, or token and the like."),
      examples: ['get-missing-kbs-software']
    },
    flaw: value =>
      operationNames.includes(value.toLowerCase())
        ? undefined
        : `the slug of a page that is served, or token and the like${suggestion(value, operationNames)}`,
    of: operationOf,
    far: value =>
      farFrom([...served.values()].filter(({ operation }) => operation === value.toLowerCase()).map(({ path }) => path))
  },
  path: {
    schema: {
      ...text('`*` stands for anything within a segment, `**` for any number of segments; any letter case.'),
      examples: ['/api/Software/*/getmissingkbs']
    },
    of: pathOf,
    test: value => {
      const fits = pathPattern(value)
      return asked => fits(pathOf(asked)) || (asked.routed !== undefined && fits(asked.routed))
    },
    far: value => farFrom([value])
  },
  query: {
    schema: {
      ...text('Parameters that must be there, with these values where values are given.'),
      examples: ['$top=100']
    },
    of: asked => {
      const query = queryOf(asked)
      const shown = Object.entries(query).map(([name, value]) => `${name}=${[value].flat().join(',')}`)
      return shown.length === 0 ? 'empty' : shown.join('&')
    },
    test: value => {
      const wanted = value.split('&').filter(part => part !== '')
      return ({ url }) => {
        const there = url.includes('?') ? parametersOf(url.slice(url.indexOf('?') + 1)) : []
        return wanted.every(part => {
          const [[name, content] = []] = parametersOf(part)
          return there.some(([known, given]) => known === name && (!part.includes('=') || given === content))
        })
      }
    },
    // The same parameters with other values are nearer.
    far: value => {
      const named = rows.query.test!(value.replace(/=[^&]*/g, ''))
      return asked => (named(asked) ? 0.5 : 1)
    }
  }
}

/** The filters as parameters of the control plane; the tenant is every operation's own. */
export const filterSchemas = Object.fromEntries(
  Object.entries(rows)
    .filter(([name]) => name !== 'tenant')
    .map(([name, { schema }]) => [name, schema])
) as { [Name in Exclude<keyof RequestFilter, 'tenant'>]: Row['schema'] }

/** The filters in a body. */
export const FilterBody = {
  type: 'object',
  additionalProperties: false,
  description: 'All of what is given must fit.',
  properties: { tenant: rows.tenant.schema, ...filterSchemas }
} as const

/** What must be so for a filter to fit. `tenantOf` gives the id of a tenant. */
export function criteria(
  filter: RequestFilter,
  tenantOf: (idOrDomain: string) => string,
  where = 'filter'
): Criterion[] {
  if (typeof filter !== 'object' || filter === null) throw new InvalidRequest(`${where} must be an object`)
  for (const name of Object.keys(filter)) {
    if (!Object.hasOwn(rows, name)) {
      throw new InvalidRequest(`${where} has an unknown field "${name}"${suggestion(name, Object.keys(rows))}`)
    }
  }
  // In the order of the rows, so that the cheap ones come first.
  return (Object.keys(rows) as (keyof RequestFilter)[])
    .filter(name => filter[name] !== undefined)
    .map(name => criterion(name, filter[name]!, tenantOf, where))
}

/** Whether all of it is so. */
export function fits(asked: Asked, criteria: readonly Criterion[]): boolean {
  return criteria.every(({ holds }) => holds(asked))
}

function criterion(
  name: keyof RequestFilter,
  given: string | number | boolean,
  tenantOf: (idOrDomain: string) => string,
  where: string
): Criterion {
  const row = rows[name]
  const types = [row.schema.type].flat()
  const type = typeof given === 'number' ? 'integer' : typeof given
  const flaw = types.includes(type) && given !== '' ? row.flaw?.(String(given)) : `a ${types.join(' or ')}`
  if (flaw !== undefined) throw new InvalidRequest(`${where}: ${name} is ${JSON.stringify(given)}; it must be ${flaw}`)
  const value = name === 'tenant' ? tenantOf(String(given)) : String(given)
  const holds = row.test?.(value) ?? (asked => String(row.of(asked) ?? '').toLowerCase() === value.toLowerCase())
  const wanted = row.label === undefined ? value : `${name} ${value}`
  return {
    name,
    value,
    holds,
    instead: asked => `${row.label ?? name} is ${row.of(asked) ?? 'not known'}, expected ${wanted}`,
    far: asked => (holds(asked) ? 0 : (row.far?.(value)(asked) ?? 1))
  }
}

/** The path says what a request is: it weighs double. */
function farFrom(templates: readonly string[]): (asked: Asked) => number {
  return asked => 2 * Math.min(1, ...templates.map(template => pathDistance(asked.routed ?? pathOf(asked), template)))
}

/** Names, in the form in which they are compared, and values. */
function parametersOf(query: string): [name: string, value: string][] {
  return [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value])
}
