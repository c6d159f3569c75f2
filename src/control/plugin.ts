import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify'
import type { AddressOf } from '../address.js'
import { ours } from '../evidence.js'
import { firstFlaw, isDeep } from '../json-schema.js'
import { headerText, reasonHeader } from '../reason.js'
import { Contradiction, Malformed, NotFound } from '../world/errors.js'
import type { Control } from './control.js'
import type { Operation, Schema } from './operation.js'
import { operations } from './operations/index.js'
import { PlainError } from './schemas.js'

/** How the plane is guarded; `adminToken` null means that it is open, which only loopback may be. */
export interface Guard {
  adminToken: string | null
}

export interface ControlPluginParts {
  control: Control
  guard: Guard
  addressOf: AddressOf
  /** The CA to trust, in PEM, or why there is none. */
  ca: () => Promise<string>
}

/** RFC 8555 has application/pem-certificate-chain for chains; this is what browsers and curl's users know. */
const pemType = 'application/x-pem-file'

type Description = Pick<Operation, 'operationId' | 'summary' | 'description' | 'params' | 'query' | 'body' | 'answers'>

/** What every call may be answered with. */
const errors = {
  400: { description: 'The call is not of this form.', ...PlainError },
  401: { description: 'The admin token is missing or wrong.', ...PlainError },
  403: { description: 'Refused for where it came from.', ...PlainError }
}

class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** `/_emulator/...`: Control over HTTP. */
export async function control(
  app: FastifyInstance,
  { control, guard, addressOf, ca }: ControlPluginParts
): Promise<void> {
  // JSON whatever the type says: `curl -d` says it is a form.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      const read = body === '' ? undefined : JSON.parse(body as string)
      done(isDeep(read) ? new Refusal(400, 'BadRequest', 'the body is nested deeper than 100') : null, read)
    } catch (error) {
      done(new Refusal(400, 'BadRequest', `the body is not JSON: ${(error as Error).message}`))
    }
  })

  app.addHook('onRequest', async request => {
    authorize(request, guard)
    const { origin } = request.headers
    if (origin !== undefined && origin !== new URL(addressOf(request)).origin) {
      throw new Refusal(403, 'ForeignOrigin', `requests from pages of ${origin} are refused`)
    }
  })

  app.setErrorHandler((error, request, reply) => {
    const { status, code, message } = refusalFrom(error)
    if (status === 500) request.log.error({ err: error }, 'unexpected error')
    return refuse(reply, status, code, message)
  })
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, 'NotFound', `the control plane has no ${request.method} ${request.url.split('?', 1)[0]}`)
  )

  for (const operation of operations) app.route(routeOf(operation, control))

  app.get(
    '/ca.pem',
    {
      schema: describe({
        operationId: 'getCa',
        summary: 'The local CA, to be trusted',
        description:
          'It can vouch for localhost, the names of the real service and those of --tls-name only. "mde-emulator ca trust" says how to trust it.',
        answers: {
          200: { description: 'OK', content: { [pemType]: { schema: { type: 'string' } } } },
          404: { description: 'No HTTPS, or a certificate of your own.', ...PlainError }
        }
      })
    },
    async (_request, reply) => reply.type(pemType).send(await ca())
  )
}

function routeOf(operation: Operation, control: Control): RouteOptions {
  const { method, path, params, body: bodySchema, tenant: withoutTenant } = operation
  const meaning = withoutTenant === undefined ? 'of no effect here' : `${withoutTenant} when absent`
  // Everywhere, so that who always names its tenant need not know where it matters.
  const query = {
    tenant: { type: 'string', minLength: 1, description: `Tenant id or domain; ${meaning}.` },
    ...operation.query
  }
  const schemas = { params: objectOf(params ?? {}), query: objectOf(query), body: bodySchema ?? objectOf({}) }
  const refuseFlaws = async (where: string, schema: object, value: unknown) => {
    const flaw = await firstFlaw(schema, value)
    if (flaw !== undefined) throw new Refusal(400, 'BadRequest', `${where}, at ${flaw.place}: ${flaw.problem}`)
  }
  return {
    method,
    url: path,
    ...(operation.bodyLimit !== undefined && { bodyLimit: operation.bodyLimit }),
    schema: describe({ ...operation, query }),
    handler: async (request, reply) => {
      const asked = readQuery(query, request.query as Record<string, string | string[]>)
      await refuseFlaws('query', schemas.query, asked)
      await refuseFlaws('path', schemas.params, request.params)
      const body = request.body ?? {}
      await refuseFlaws('body', schemas.body, body)
      const { tenant: named, ...rest } = asked
      const tenant = named === undefined ? undefined : control.tenant(String(named))
      const answer = await operation.run({ control, params: request.params, query: rest, body, tenant, request, reply })
      if (reply.sent || answer === reply) return reply
      return answer === undefined ? reply.code(204).send() : answer
    }
  }
}

function objectOf(properties: object) {
  return { type: 'object', additionalProperties: false, properties }
}

/** A query is text; integers and booleans are what their schemas say they are, when they can be. */
function readQuery(schemas: Record<string, Schema>, query: Record<string, string | string[]>): Record<string, unknown> {
  const read = (type: unknown, text: string | string[]) => {
    if (type === 'integer' && /^-?\d{1,15}$/.test(String(text))) return Number(text)
    if (type === 'boolean' && /^(true|false)$/.test(String(text))) return text === 'true'
    return type === 'array' ? [text].flat().flatMap(item => item.split(',')) : text
  }
  return Object.fromEntries(Object.entries(query).map(([name, text]) => [name, read(schemas[name]?.type, text)]))
}

/** What the document says of an operation. */
function describe({ operationId, summary, description, params, query, body, answers }: Description): FastifySchema {
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    tags: ['Control'],
    'x-fidelity': ours,
    security: [{ adminToken: [] as string[] }],
    ...(params !== undefined && { params: { type: 'object', properties: params } }),
    ...(query !== undefined && Object.keys(query).length > 0 && { querystring: objectOf(query) }),
    ...(body !== undefined && { body }),
    response: { ...answers, ...errors }
  } as FastifySchema
}

/**
 * With an admin token, only who knows it. Without one (loopback only) no foreign Host either: a page that rebinds its
 * own name to 127.0.0.1 must not pull the strings.
 */
function authorize(request: FastifyRequest, { adminToken }: Guard): void {
  if (adminToken === null) {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    if (!/^(localhost|[a-z0-9.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)) {
      throw new Refusal(
        403,
        'ForeignHost',
        `the control plane is open to localhost only, not to the host name "${host}"`
      )
    }
    return
  }
  const given = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (given === undefined) throw new Refusal(401, 'Unauthorized', 'send Authorization: Bearer <admin token>')
  if (!timingSafeEqual(digest(given), digest(adminToken)))
    throw new Refusal(401, 'Unauthorized', 'this is not the admin token')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function refusalFrom(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof Refusal) return error
  if (error instanceof NotFound) return { status: 404, code: 'NotFound', message: error.message }
  if (error instanceof Contradiction) return { status: 409, code: 'Contradiction', message: error.message }
  const { statusCode, message, name } = error as Error & { statusCode?: number }
  if (error instanceof Malformed || name === 'TokenSpecError') return { status: 400, code: 'BadRequest', message }
  if (statusCode !== undefined && statusCode < 500) return { status: statusCode, code: 'BadRequest', message }
  return { status: 500, code: 'InternalError', message: 'a defect of the emulator; its log says more' }
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="mde-emulator control plane"')
  return reply
    .code(status)
    .header(reasonHeader, headerText(message))
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error: { code, message } }))
}
