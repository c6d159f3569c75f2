import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf } from '../address.js'
import { ours } from '../evidence.js'
import { firstFlaw } from '../json-schema.js'
import { headerText, reasonHeader } from '../reason.js'
import { Contradiction, NotFound } from '../world/errors.js'
import type { Control } from './control.js'
import {
  ApprovalBody,
  DeviceCodesBody,
  InfoBody,
  PlainError,
  TenantsBody,
  TokenBody,
  TokenSpecBody,
  VerdictBody
} from './schemas.js'

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
      done(null, body === '' ? undefined : JSON.parse(body as string))
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

  const describe = (operationId: string, summary: string, more: object) => ({
    schema: {
      operationId,
      summary,
      tags: ['Control'],
      'x-fidelity': ours,
      security: [{ adminToken: [] as string[] }],
      ...more
    } as object
  })
  const errors = {
    400: { description: 'The call is not of this form.', ...PlainError },
    401: { description: 'The admin token is missing or wrong.', ...PlainError },
    403: { description: 'Refused for where it came from.', ...PlainError }
  }
  const tenantQuery = {
    type: 'object',
    additionalProperties: false,
    properties: {
      tenant: { type: 'string', description: 'Tenant id; the well-known tenant (reset: all of them) when absent.' }
    }
  }
  const machineUpdate = {
    params: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'Device id.' },
        kb: { type: 'string', description: 'KB number.', examples: ['4540673'] }
      }
    },
    querystring: tenantQuery,
    response: {
      204: { description: 'Done, or so already.', type: 'null' },
      ...errors,
      404: { description: 'No such device or KB.', ...PlainError },
      409: { description: 'It would contradict the facts; the message says which.', ...PlainError }
    }
  }

  app.get(
    '/info',
    describe('getInfo', 'What runs here', {
      querystring: tenantQuery,
      response: { 200: { description: 'OK', ...InfoBody }, ...errors }
    }),
    async request => control.info(await tenantOf(request))
  )

  app.get(
    '/tenants',
    describe('listTenants', 'Tenants that were described or asked for', {
      response: { 200: { description: 'OK', ...TenantsBody }, ...errors }
    }),
    async () => control.tenants()
  )

  app.delete(
    '/tenants/:id',
    describe('removeTenant', "Forget a tenant's world", {
      description: 'Changes and all. It is made anew, as seeded, when it is asked for again.',
      params: { type: 'object', properties: { id: { type: 'string', description: 'Tenant id or domain.' } } },
      response: {
        204: { description: 'Done.', type: 'null' },
        ...errors,
        404: { description: 'No such tenant.', ...PlainError }
      }
    }),
    async (request, reply) => {
      control.removeTenant((request.params as { id: string }).id)
      return reply.code(204).send()
    }
  )

  app.post(
    '/reset',
    describe('reset', 'Back to the seeded state', {
      querystring: tenantQuery,
      response: { 204: { description: 'Done.', type: 'null' }, ...errors }
    }),
    async (request, reply) => {
      control.reset(await tenantOf(request))
      return reply.code(204).send()
    }
  )

  app.post(
    '/tokens',
    describe('mintToken', 'Mint any token', {
      description:
        'Good ones, and every kind that must be refused: expired, for another audience, signed by a foreign key, not signed.',
      body: TokenSpecBody,
      response: {
        200: { description: 'OK', ...TokenBody },
        ...errors,
        404: { description: 'No such tenant, app or user.', ...PlainError }
      }
    }),
    async (request, reply) => {
      const spec = request.body ?? {}
      const flaw = await firstFlaw(TokenSpecBody, spec)
      if (flaw !== undefined) throw new Refusal(400, 'BadRequest', `body, at ${flaw.place}: ${flaw.problem}`)
      reply.header('cache-control', 'no-store')
      return control.mint(spec)
    }
  )

  app.get(
    '/device-codes',
    describe('getDeviceCodes', 'Devices that wait for a user to sign in', {
      response: { 200: { description: 'OK', ...DeviceCodesBody }, ...errors }
    }),
    async () => ({ value: control.deviceCodes() })
  )

  const deviceCode = {
    params: {
      type: 'object',
      properties: { user_code: { type: 'string', description: 'What the device shows.' } }
    },
    response: {
      204: { description: 'Done.', type: 'null' },
      ...errors,
      404: { description: 'No such code or user.', ...PlainError },
      409: { description: 'It was decided before, or has expired.', ...PlainError }
    }
  }

  app.post(
    '/device-codes/:user_code/approve',
    describe('approveDevice', 'Let a device in, as a user would on the page', { ...deviceCode, body: ApprovalBody }),
    async (request, reply) => {
      const body = (request.body ?? {}) as { user?: string }
      const flaw = await firstFlaw(ApprovalBody, body)
      if (flaw !== undefined) throw new Refusal(400, 'BadRequest', `body, at ${flaw.place}: ${flaw.problem}`)
      control.approveDevice((request.params as { user_code: string }).user_code, body.user)
      return reply.code(204).send()
    }
  )

  app.post(
    '/device-codes/:user_code/decline',
    describe('declineDevice', 'Do not let a device in', deviceCode),
    async (request, reply) => {
      control.declineDevice((request.params as { user_code: string }).user_code)
      return reply.code(204).send()
    }
  )

  app.put(
    '/machines/:id/updates/:kb',
    describe('installUpdate', 'Install an update on a device', machineUpdate),
    async (request, reply) => {
      const { id, kb } = request.params as { id: string; kb: string }
      control.installUpdate(id, kb, await tenantOf(request))
      return reply.code(204).send()
    }
  )

  app.delete(
    '/machines/:id/updates/:kb',
    describe('uninstallUpdate', 'Remove an update from a device', machineUpdate),
    async (request, reply) => {
      const { id, kb } = request.params as { id: string; kb: string }
      control.uninstallUpdate(id, kb, await tenantOf(request))
      return reply.code(204).send()
    }
  )

  app.get(
    '/invariants',
    describe('getInvariants', 'Recompute everything by brute force and list what disagrees', {
      querystring: tenantQuery,
      response: { 200: { description: 'OK', ...VerdictBody }, ...errors }
    }),
    async request => control.invariants(await tenantOf(request))
  )

  app.get(
    '/ca.pem',
    describe('getCa', 'The local CA, to be trusted', {
      description:
        'It can vouch for localhost, the names of the real service and those of --tls-name only. "mde-emulator ca trust" says how to trust it.',
      response: {
        200: { description: 'OK', content: { [pemType]: { schema: { type: 'string' } } } },
        ...errors,
        404: { description: 'No HTTPS, or a certificate of your own.', ...PlainError }
      }
    }),
    async (_request, reply) => reply.type(pemType).send(await ca())
  )

  async function tenantOf(request: FastifyRequest): Promise<string | undefined> {
    const flaw = await firstFlaw(tenantQuery, request.query)
    if (flaw !== undefined) throw new Refusal(400, 'BadRequest', `query, at ${flaw.place}: ${flaw.problem}`)
    return (request.query as { tenant?: string }).tenant?.toLowerCase()
  }
}

/**
 * With an admin token, only who knows it. Without one (loopback only) no foreign Host either: a page that rebinds its
 * own name to 127.0.0.1 must not pull the strings.
 */
function authorize(request: FastifyRequest, { adminToken }: Guard): void {
  if (adminToken === null) {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    if (!/^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host)) {
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
  if (name === 'TokenSpecError') return { status: 400, code: 'BadRequest', message }
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
