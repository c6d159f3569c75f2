import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../defender/errors.js'
import { refuseFile } from '../defender/export-files.js'
import type { Directory } from '../entra/directory.js'
import { aadsts, ServiceFailure } from '../entra/errors.js'
import { attemptOf, basicOf, formOf } from '../entra/requests.js'
import { reasonHeader } from '../reason.js'
import { type FaultAnswer, type Faults, faultHeader, type Strike } from './faults.js'
import { slowed, spoiled, truncated } from './spoil.js'
import { exceededMessage, type Throttle } from './throttle.js'

export interface TrafficParts {
  faults: Faults
  throttle: Throttle
  directory: Directory
  /** `--allow-prefer`: a call may ask for its own fault. */
  allowPrefer: boolean
  /** The code of a 429 in a tenant. */
  tooManyRequestsCode: (tenant: string) => string
}

/** Where a call goes, and who makes it. Only a token that was verified, or a path, names a tenant. */
interface Face {
  of: 'api' | 'sign-in' | 'files'
  tenant: string
  application: string | undefined
  token: string | undefined
}

/**
 * Faults and limits, on the vendor's faces only. They come after the token was verified: a call whose token is refused is of
 * no tenant, so no tenant's rules concern it, and it is answered 401 as always.
 */
export function traffic(app: FastifyInstance, parts: TrafficParts): void {
  const { faults, throttle, allowPrefer } = parts
  const closing = new AbortController()
  app.addHook('preClose', done => {
    closing.abort()
    done()
  })

  app.addHook('preHandler', (request, reply, done) => {
    if (faults.idle && throttle.idle && !allowPrefer) return done()
    const face = faceOf(request, parts.directory)
    if (face === undefined) return done()
    const strike = strikeOn(request, face)
    if (strike !== undefined) {
      perform(strike, face, request, reply).then(goesOn => {
        if (goesOn) done()
      }, done)
      return
    }
    done(face.of === 'api' ? throttled(request, face) : undefined)
  })

  function strikeOn(request: FastifyRequest, face: Face): Strike | undefined {
    const asked = allowPrefer ? preferredStatus(request.headers.prefer) : undefined
    if (asked !== undefined) return { rule: 'prefer', answer: { status: asked }, delay: 0 }
    if (faults.idle) return undefined
    // A client that takes the emulator for its proxy sends the absolute form (RFC 9112, section 3.2.2).
    const sent = request.originalUrl.split('?', 1)[0]!.replace(/^https?:\/\/[^/]*/i, '')
    const path = sent.replace(/^(\/+api)\/+v1\.0(?=\/|$)/i, '$1')
    return faults.strike(face.tenant, { method: request.method, path, ...face })
  }

  /** Does what comes before the answer; whether the real answer follows. */
  async function perform(strike: Strike, face: Face, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const { answer, delay } = strike
    // Here, so that the journal has it where nothing is answered.
    reply.header(faultHeader, strike.rule)
    if (delay > 0 && !(await waited(delay, reply, closing.signal))) {
      reply.hijack()
      return false
    }
    const { effect, status } = answer
    if (effect === 'reset' || effect === 'nothing') {
      reply.hijack()
      // The response, too, where there is no socket.
      if (effect === 'reset') reset(request, reply)
      return false
    }
    if (effect === 'expired') {
      const reason = 'the token has expired on demand of a fault rule: fetch a new one'
      const body = 'Invalid Authorization payload: the token has expired.'
      throw new ApiError(401, 'Unauthorized', body, reason, { ...answer.headers, 'www-authenticate': 'Bearer' })
    }
    if (status !== undefined || answer.body !== undefined) {
      if (answer.body !== undefined) {
        send(reply, strike)
        return false
      }
      if (face.of === 'files') {
        refuseFile(reply, status!, answer)
        return false
      }
      throw failure(strike, status!, face)
    }
    alter(reply, answer, closing.signal)
    // What is packed cannot be spoiled as text.
    delete request.headers['accept-encoding']
    return true
  }

  function failure(strike: Strike, status: number, { of, tenant }: Face): Error {
    const { code, message, headers = {} } = strike.answer
    const reason = `a fault rule of the emulator (${strike.rule}) wants it so`
    if (of === 'sign-in') {
      const number = Number(/\d{1,7}/.exec(code ?? '')?.[0] ?? 90033)
      return new ServiceFailure(status, number, message ?? textOf(number), reason, headers)
    }
    const usual = status === 429 ? parts.tooManyRequestsCode(tenant) : (codes[status] ?? 'InternalServerError')
    return new ApiError(status, code ?? usual, message ?? messages[status] ?? '', reason, headers)
  }

  function throttled(request: FastifyRequest, { tenant, application }: Face): ApiError | undefined {
    if (throttle.idle) return undefined
    const exceeded = throttle.call(tenant, application ?? '', request.routeOptions.url ?? '')
    if (exceeded === undefined) return undefined
    const { limit, retryAfter } = exceeded
    return new ApiError(
      429,
      parts.tooManyRequestsCode(tenant),
      exceededMessage(exceeded),
      `more than ${limit.calls} calls of this app to this endpoint in ${limit.seconds} s: wait as Retry-After says`,
      { 'retry-after': String(retryAfter) }
    )
  }
}

/** Codes of the API by status: documented ones (page common-errors), and what gateways say (assumed). */
const codes: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'ResourceNotFound',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout'
}

const messages: Record<number, string> = {
  429: 'API calls quota exceeded! Maximum allowed 100 per 00:01:00 for the key Destination+TenantID+AppID.',
  502: 'Bad gateway.',
  503: 'The service is unavailable.',
  504: 'The gateway did not receive a response in time.'
}

function faceOf(request: FastifyRequest, directory: Directory): Face | undefined {
  const { caller } = request
  if (caller) {
    const { tenant, appId, payload } = caller
    return { of: 'api', tenant, application: appId, token: payload === undefined ? undefined : String(payload.uti) }
  }
  const route = request.routeOptions.url ?? ''
  const params = (request.params ?? {}) as { tenant?: string; '*'?: string }
  if (route.startsWith('/tvm-export')) {
    const tenant = directory.tenant(/\/OrgId=([0-9a-f-]{36})\//.exec(params['*'] ?? '')?.[1] ?? '')?.id
    return tenant === undefined ? undefined : { of: 'files', tenant, application: undefined, token: undefined }
  }
  if (!route.startsWith('/:tenant/')) return undefined
  // At /common nobody knows the tenant yet: the rules of the well-known one count.
  const tenant = (directory.tenant(params.tenant ?? '') ?? directory.defaultTenant).id
  return { of: 'sign-in', tenant, application: clientOf(request), token: undefined }
}

function clientOf(request: FastifyRequest): string | undefined {
  const { body, headers, method } = request
  if (method !== 'POST') return undefined
  try {
    // For the journal too, where a fault answers in the place of the endpoint.
    request.signIn = attemptOf(formOf(body), basicOf(headers.authorization))
    return request.signIn.clientId
  } catch {
    // A form that contradicts itself names nobody; its endpoint says so.
    return undefined
  }
}

/**
 * Does something to the real answer, whoever sends it. Not by a hook for each answer of every call: nearly all of them are
 * left alone.
 */
function alter(reply: FastifyReply, { effect, bytesPerSecond }: FaultAnswer, closing: AbortSignal): void {
  const { send } = reply
  reply.send = payload => {
    reply.send = send
    const isBody = typeof payload === 'string' || Buffer.isBuffer(payload) || payload instanceof Readable
    const body = isBody ? payload : JSON.stringify(payload ?? null)
    if (effect === 'truncate') return reply.send(truncated(reply, body))
    if (effect === 'malformed') return reply.send(spoiled(reply, body))
    return reply.send(bytesPerSecond === undefined ? payload : slowed(reply, body, bytesPerSecond, closing))
  }
}

/** RFC 7240 has the syntax; `code` is what mock servers have made of it (Prism). */
function preferredStatus(header: string | string[] | undefined): number | undefined {
  const status = Number(/(?:^|[,;]\s*)code\s*=\s*"?(\d{3})"?\s*(?:$|[,;])/i.exec(String(header ?? ''))?.[1])
  return status >= 400 && status <= 599 ? status : undefined
}

/** Whether somebody is still there after the wait. */
async function waited(milliseconds: number, reply: FastifyReply, closing: AbortSignal): Promise<boolean> {
  const gone = new AbortController()
  const hungUp = () => gone.abort()
  reply.raw.on('close', hungUp)
  try {
    await pause(milliseconds, undefined, { signal: AbortSignal.any([gone.signal, closing]) })
    return true
  } catch {
    if (!gone.signal.aborted) reply.raw.destroy()
    return false
  } finally {
    reply.raw.off('close', hungUp)
  }
}

function reset({ raw: { socket } }: FastifyRequest, reply: FastifyReply): void {
  // Within TLS nobody can send a reset; the connection breaks without a word, which clients call the same.
  if ('encrypted' in socket) socket.destroy()
  else if ('resetAndDestroy' in socket && socket.remoteAddress !== undefined) socket.resetAndDestroy()
  reply.raw.destroy()
}

function send(reply: FastifyReply, strike: Strike): void {
  const { status = 200, body, headers }: FaultAnswer = strike.answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  reply
    .code(status)
    .headers({ 'content-type': type, [reasonHeader]: `a fault rule of the emulator (${strike.rule}) wants it so` })
    .headers(headers ?? {})
    .send(text)
}

function textOf(code: number): string {
  const known = (aadsts as Record<number, { text: string }>)[code]?.text
  return known ?? (code === 90033 ? 'A transient error has occurred. Please try again.' : 'The request failed.')
}
