import type { ObjectSchema } from '../model/schema.js'
import type { Endpoint, Parameter } from './endpoint.js'

/** The error envelope (page common-errors). */
export const ErrorBody = {
  $id: 'Error',
  title: 'Error',
  description: "The service's error envelope. The header x-emulator-reason says in plain words what to mend.",
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string', examples: ['ResourceNotFound'] },
        message: { type: 'string' },
        target: { type: 'string', description: 'Correlation id.', format: 'uuid' }
      },
      required: ['code', 'message', 'target']
    }
  },
  required: ['error']
} as const

const refusals: Record<number, string> = {
  400: 'A query option cannot be understood: code ODataError; the message names the option, the position and what was expected.',
  401: 'No token, or one that does not hold: code Unauthorized.',
  403: 'The token lacks the permission: code Forbidden.',
  404: 'Nothing has that id: code ResourceNotFound.',
  405: 'Only GET is served: code MethodNotAllowed.',
  429: 'Too many requests: code 429; Retry-After says how many seconds to wait. Rate limits are off unless `--throttle` or the control plane turns them on.',
  500: 'A defect of the emulator: code InternalServerError.'
}

const options: Record<string, { type: string; description: string; minimum?: number; enum?: string[] }> = {
  $filter: { type: 'string', description: 'OData 4.0 filter expression, such as `cveAddressed gt 10`.' },
  $orderby: { type: 'string', description: 'Properties, each with `asc` or `desc`.' },
  $top: { type: 'integer', minimum: 0, description: 'At most so many rows; there is no `@odata.nextLink` then.' },
  $skip: { type: 'integer', minimum: 0, description: 'Leave out so many rows.' },
  $count: { type: 'boolean', description: 'Add `@odata.count`.' },
  $select: { type: 'string', description: 'Only these properties.' },
  $format: { type: 'string', enum: ['json'], description: 'JSON is all there is.' }
}

/** The page as a schema of Fastify, from which the OpenAPI document is made. */
export function describeEndpoint(endpoint: Endpoint): object {
  const { doc, operationId, summary, description, of, permissions, evidence, call } = endpoint
  const params = call?.params ?? endpoint.params ?? {}
  const row = { $ref: `${of.$id}#` }
  const context = { type: 'string', description: 'Where the type is described.' }
  const body =
    endpoint.kind === 'single'
      ? { allOf: [{ type: 'object', properties: { '@odata.context': context }, required: ['@odata.context'] }, row] }
      : {
          type: 'object',
          properties: {
            '@odata.context': context,
            '@odata.count': { type: 'integer', format: 'int64', description: 'Rows in all, before paging.' },
            value: { type: 'array', items: row },
            '@odata.nextLink': { type: 'string', description: 'The next page, when there is one.' }
          },
          required: ['@odata.context', 'value']
        }
  const own = Object.entries(endpoint.parameters ?? {})
  const query = {
    ...Object.fromEntries(own.map(([name, parameter]) => [name, described(parameter)])),
    ...(endpoint.kind === 'single' ? { $select: options.$select, $format: options.$format } : queryOf(endpoint))
  }
  return {
    operationId,
    summary,
    description:
      `${description}\n\nPermission: ${permissions.application.join(' or ')} (application)` +
      `${permissions.delegated.length > 0 ? `, ${permissions.delegated.join(' or ')} (delegated)` : ''}.`,
    externalDocs: { url: `https://learn.microsoft.com/en-us/defender-endpoint/api/${doc}`, description: 'The page' },
    tags: [tagOf(endpoint)],
    security: [{ entra: [] }],
    'x-fidelity': evidence,
    params: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(params).map(([name, parameter]) => [name, described(parameter)]))
    },
    querystring: {
      type: 'object',
      properties: query,
      required: own.filter(([, { required = false }]) => required).map(([name]) => name)
    },

    response: {
      200: { description: 'OK', headers: { 'OData-Version': { type: 'string', description: '4.0' } }, ...body },
      ...Object.fromEntries(
        Object.entries(refusals)
          .filter(([status]) => status !== '404' || Object.keys(params).length > 0)
          .map(([status, text]) => [status, { description: text, $ref: 'Error#' }])
      )
    }
  }
}

function described({ required: _, example, ...parameter }: Parameter): object {
  return { type: 'string', ...parameter, examples: [example] }
}

/** Where it stands in the document: the centre by itself, everything else by its first segment. */
function tagOf({ doc, of, path }: Endpoint): string {
  if (of.title === 'PublicProductFixDto') return 'Missing KBs'
  if (path.startsWith('/vulnerabilities')) return 'Vulnerability'
  if (path.startsWith('/recommendations')) return 'Recommendation'
  if (of.title === 'ConfigurationScore') return 'Score'
  if (doc.startsWith('get-assessment')) return 'Export'
  return path.startsWith('/Software') ? 'Software' : 'Machine'
}

function queryOf(endpoint: Extract<Endpoint, { kind: 'collection' }>) {
  const { filterable, maxTop, export: pages } = endpoint
  return {
    ...options,
    $filter: {
      ...options.$filter,
      description: `${options.$filter!.description}${filterable === undefined ? '' : ` On ${filterable.join(', ')}.`}`
    },
    $top: { ...options.$top, maximum: maxTop },
    ...(pages !== undefined && {
      $skiptoken: { type: 'string', description: 'Where to go on: stands in `@odata.nextLink`.' }
    })
  }
}

const modelRefusals = Object.fromEntries(
  ['400', '401', '403', '405', '500'].map(status => [status, { description: refusals[Number(status)], $ref: 'Error#' }])
)

export const describeMetadata = {
  operationId: 'getMetadata',
  summary: 'The model of the service, of what is served',
  description: 'CSDL 4.0: XML, or JSON for `$format=json` and for who accepts no XML. Any good token will do.',
  tags: ['Model'],
  security: [{ entra: [] }],
  'x-fidelity': [
    { what: 'that it is there, in XML', level: 'documented', source: 'api-power-bi' },
    {
      what: 'names, types, nullability and order of properties; enumerations; bound functions',
      level: 'observed',
      source: "a copy of the service's own $metadata in ProxayFox/pysec-clients, 2026"
    },
    { what: 'types that are not served are left out; any token may read it', level: 'assumed', source: 'ours' }
  ],
  querystring: {
    type: 'object',
    properties: {
      $format: { type: 'string', enum: ['xml', 'json'], description: 'Goes before what the header Accept says.' }
    }
  },
  response: {
    200: {
      description: 'OK',
      content: {
        'application/xml': { schema: { type: 'string' } },
        'application/json': { schema: { type: 'object', additionalProperties: true } }
      }
    },
    ...modelRefusals
  }
}

export const describeServiceDocument = {
  operationId: 'getServiceDocument',
  summary: 'The entity sets that are served',
  description: 'OData service document (OData JSON Format 4.0, section 5). Any good token will do.',
  tags: ['Model'],
  security: [{ entra: [] }],
  'x-fidelity': [{ what: 'that it is there; its form', level: 'assumed', source: 'OData JSON Format 4.0, section 5' }],
  response: {
    200: {
      description: 'OK',
      type: 'object',
      properties: {
        '@odata.context': { type: 'string' },
        value: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, kind: { type: 'string' }, url: { type: 'string' } },
            required: ['name', 'kind', 'url']
          }
        }
      },
      required: ['@odata.context', 'value']
    },
    ...modelRefusals
  }
}

/** Types that answers refer to. */
export function schemasOf(endpoints: readonly Endpoint[]): object[] {
  const types = new Map<string, ObjectSchema>(endpoints.map(({ of }) => [of.$id, of]))
  return [...types.values(), ErrorBody]
}
