import { listOf } from './list-of.js'

/** Bodies of the control plane that say what was asked. */

const text = { type: ['string', 'null'] } as const
const strings = { type: 'array', items: { type: 'string' } } as const
const count = { type: 'integer' } as const
const yes = { type: 'boolean' } as const

const RequestEntryBody = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['request'] },
    id: { ...count, description: 'In the order of the answers.' },
    time: { type: 'string', format: 'date-time', description: "When it was asked, on the tenant's clock." },
    method: { type: 'string' },
    path: { type: 'string', description: 'As sent.' },
    query: {
      type: 'object',
      description: 'By name; `<redacted>` unless it is an option of OData or documented for this operation.',
      additionalProperties: { type: ['string', 'array'], items: { type: 'string' } }
    },
    host: text,
    operation: {
      ...text,
      description: "The slug of Microsoft's page, or token and the like; null for what is not served."
    },
    tenant: text,
    application: { ...text, description: 'Client id; of a refused token, what it said.' },
    subject: { ...text, description: 'Name of the user, or object id of the application.' },
    kind: { type: ['string', 'null'], enum: ['application', 'delegated', null] },
    roles: strings,
    scopes: strings,
    tokenExpires: { type: ['string', 'null'], format: 'date-time' },
    grantType: { ...text, description: 'Of a sign-in.' },
    status: { type: ['integer', 'null'], description: 'Null when nothing was answered.' },
    reason: { ...text, description: 'Header x-emulator-reason.' },
    fault: { ...text, description: 'Header x-emulator-fault.' },
    duration: { type: 'number', description: 'Milliseconds of real time.' },
    bytes: { type: ['integer', 'null'], description: 'Of the answer, its head included; null without a socket.' },
    userAgent: text,
    correlationId: { ...text, description: "The client's own id of the request, such as client-request-id." },
    hungUp: { ...yes, description: 'The client closed the connection before it had the answer.' },
    unhandled: { ...yes, description: 'Nothing serves it: 404 without a route, 405, 501.' },
    nearest: { ...text, description: 'What is served and was probably meant by it.' }
  },
  required: ['type', 'id', 'time', 'method', 'path', 'query', 'status', 'duration', 'hungUp', 'unhandled']
} as const

const NoteEntryBody = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['note'] },
    id: count,
    time: { type: 'string', format: 'date-time' },
    tenant: text,
    kind: { type: 'string', description: 'world-evicted and the like.' },
    text: { type: 'string' }
  },
  required: ['type', 'id', 'time', 'tenant', 'kind', 'text']
} as const

export const RequestsBody = {
  type: 'object',
  properties: {
    value: { type: 'array', items: RequestEntryBody },
    count: { ...count, description: 'How many fit in all.' },
    dropped: { ...count, description: 'Older ones of the tenant, or of all, that have left the journal.' },
    notes: { type: 'array', items: NoteEntryBody }
  },
  required: ['value', 'count', 'dropped', 'notes']
} as const

export const VerifiedBody = listOf({
  type: 'object',
  properties: { expected: { type: 'string' }, found: count },
  required: ['expected', 'found']
})

export const DifferencesBody = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string', description: 'In a line.' } },
      required: ['code', 'message']
    },
    differences: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          expectation: { ...count, description: 'Its number in the list, from 1.' },
          expected: { type: 'string' },
          found: { ...count, description: 'How many requests fit.' },
          fitting: { ...strings, description: 'Those that fit, the newest few.' },
          nearest: {
            type: 'array',
            description: 'Those that come nearest, and what is different in each.',
            items: {
              type: 'object',
              properties: { request: { type: 'string' }, differs: strings },
              required: ['request', 'differs']
            }
          },
          hint: { type: 'string', description: 'What else explains it.' }
        },
        required: ['expectation', 'expected', 'found', 'fitting', 'nearest']
      }
    }
  },
  required: ['error']
} as const
