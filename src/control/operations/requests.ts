import { headerText, reasonHeader } from '../../reason.js'
import { sendEvents } from '../../traffic/event-stream.js'
import { filterSchemas, InvalidRequest, type RequestFilter } from '../../traffic/filter.js'
import type { RequestList } from '../../traffic/requests.js'
import { type Expectation, ExpectationsBody, Unverified } from '../../traffic/verify.js'
import { contradiction, done, operation } from '../operation.js'
import { DifferencesBody, RequestsBody, VerifiedBody } from '../schemas-of-requests.js'

const off = contradiction('The journal is off (--journal 0).')
const everybody = 'all of them'
/** Of a list that nobody bounded: it is for people to read. */
const usualLimit = 100
/** Milliseconds; proxies close what is silent for a minute, some for half of one. */
const heartbeat = 15_000

/** The parameters are read by the schemas of the filters. */
const filterOf = (query: object, tenant: string | undefined): RequestFilter => ({ ...query, tenant })

/** What clients asked, and what they were answered. */
export const requests = [
  operation({
    method: 'GET',
    path: '/requests',
    operationId: 'listRequests',
    summary: 'What was asked and answered',
    description:
      'On the faces that production has too, without credentials. All filters that are given must fit. Notes say what else happened that explains answers.',
    tenant: everybody,
    query: {
      ...filterSchemas,
      limit: { type: 'integer', minimum: 1, default: usualLimit, description: 'At most so many.' },
      order: { type: 'string', enum: ['newest', 'oldest'], default: 'newest', description: 'Which come first.' }
    },
    answers: { 200: { description: 'OK', ...RequestsBody }, 409: off },
    run: ({ control: { requests }, tenant, query: { limit = usualLimit, order, ...query } }) => {
      const filter = filterOf(query, tenant)
      return {
        value: requests.list({ ...filter, limit, order: order as RequestList['order'] }),
        count: requests.count(filter),
        dropped: requests.dropped(tenant),
        notes: requests.notes(tenant)
      }
    }
  }),
  operation({
    method: 'GET',
    path: '/requests/count',
    operationId: 'countRequests',
    summary: 'How many requests there were',
    tenant: everybody,
    query: filterSchemas,
    answers: {
      200: {
        description: 'OK',
        type: 'object',
        properties: {
          count: { type: 'integer' },
          dropped: { type: 'integer', description: 'Older ones of the tenant, or of all, that have left the journal.' }
        },
        required: ['count', 'dropped']
      },
      409: off
    },
    run: ({ control, tenant, query }) => ({
      count: control.requests.count(filterOf(query, tenant)),
      dropped: control.requests.dropped(tenant)
    })
  }),
  operation({
    method: 'POST',
    path: '/requests/verify',
    operationId: 'verifyRequests',
    summary: 'Hold expectations against what was asked',
    description:
      'Each names requests by the filters of the list and says how often they should have come. Where requests have left the journal that could matter, it says so and does not guess.',
    tenant: 'that of each expectation, or all of them,',
    query: {
      inOrder: {
        type: 'boolean',
        default: false,
        description: 'Each is met by requests that were answered after those which met the one before.'
      }
    },
    body: ExpectationsBody,
    answers: {
      200: { description: 'All hold.', ...VerifiedBody },
      409: { description: 'Some do not hold, or the journal is off.', ...DifferencesBody }
    },
    run: ({ control, tenant, query: { inOrder }, body, reply }) => {
      const expectations = (body as Expectation[]).map(({ request, times }) => ({
        request: { ...(tenant !== undefined && { tenant }), ...request },
        times
      }))
      try {
        return { value: control.requests.verify(expectations, { inOrder }) }
      } catch (error) {
        if (!(error instanceof Unverified)) throw error
        const { headline, differences } = error
        reply.header(reasonHeader, headerText(headline))
        // Indented: a person reads it, in a terminal.
        const text = JSON.stringify({ error: { code: 'Unverified', message: headline }, differences }, null, 2)
        return reply.code(409).type('application/json; charset=utf-8').send(`${text}\n`)
      }
    }
  }),
  operation({
    method: 'DELETE',
    path: '/requests',
    operationId: 'clearRequests',
    summary: 'Forget what was asked',
    tenant: everybody,
    answers: { 204: done },
    run: ({ control, tenant }) => control.requests.clear(tenant)
  }),
  operation({
    method: 'GET',
    path: '/requests/stream',
    operationId: 'streamRequests',
    summary: 'Requests and notes as they come, as server-sent events',
    description:
      'Events `request` and `note`, each with its id: a client that comes back with `Last-Event-ID` goes on where it stopped (0 begins with the oldest), and gets `gap` first when some of it has left the journal. A client that does not read is cut off.',
    tenant: everybody,
    query: filterSchemas,
    answers: {
      200: {
        description: 'Events, until the emulator ends.',
        content: { 'text/event-stream': { schema: { type: 'string' } } }
      },
      409: off
    },
    run: ({ control, tenant, query, request, reply }) => {
      const last = request.headers['last-event-id']
      if (last !== undefined && !/^\d{1,15}$/.test(String(last))) {
        throw new InvalidRequest(`header Last-Event-ID is ${JSON.stringify(last)}; it must be the id of an event`)
      }
      const after = last === undefined ? undefined : Number(last)
      const gone = new AbortController()
      const entries = control.requests.stream({ ...filterOf(query, tenant), after, signal: gone.signal })
      const missed = after === undefined ? undefined : control.requests.missed(after)
      reply.hijack()
      sendEvents(reply.raw, { entries, gone, missed, heartbeat }).catch(error => {
        request.log.error({ err: error }, 'unexpected error')
      })
      return reply
    }
  })
]
