import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.js'
import { placeOf } from '../clouds.js'
import type { Directory } from '../entra/directory.js'
import { Unauthorized } from '../entra/unauthorized.js'
import { reasonHeader } from '../reason.js'
import { isOwnPath, isVendorPath } from '../vendor-paths.js'
import { faultHeader } from './faults.js'
import type { Asked, InFlight, Journal } from './journal.js'
import { kept, redacted, Texts, withoutCredentials } from './redaction.js'
import { served } from './served.js'
import { Callers, isGuid, type Who, whoSays, whoSignsIn } from './who.js'

export interface JournalParts {
  journal: Journal
  clock: Clock
  directory: Directory
}

/** By which clients know their requests again: MSAL's and the service's own, then what others send. */
const correlationHeaders = ['client-request-id', 'x-ms-client-request-id', 'x-correlation-id', 'x-request-id'] as const
/** Of a header that is only shown, more is not kept. */
const longestHeader = 500

declare module 'fastify' {
  interface FastifyRequest {
    /** While the journal watches it. */
    exchange: Exchange | undefined
  }
}

/** Begins to watch a request; undefined for one that is not noted. */
export type Recording = (request: FastifyRequest, reply: FastifyReply) => Exchange | undefined

/** Notes what is asked on the vendor's faces, unless the journal is off. */
export function recording(parts: JournalParts): Recording | undefined {
  if (parts.journal.size === 0) return undefined
  const notary = new Notary(parts)
  return (request, reply) => {
    if (isOwnPath(request.originalUrl) && placeOf(request.headers.host) === undefined) return undefined
    return new Exchange(request, reply, notary)
  }
}

export function record(app: FastifyInstance, recording: Recording, journal: Journal): void {
  /** Begun in this turn of the event loop. Most are answered within it: listeners for each would be dear. */
  let begun: Exchange[] = []
  const look = () => {
    const exchanges = begun
    begun = []
    for (const exchange of exchanges) exchange.watch()
  }
  app.decorateRequest('exchange', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const exchange = recording(request, reply)
    request.exchange = exchange
    if (exchange !== undefined && begun.push(exchange) === 1) setImmediate(look)
    done()
  })
  app.addHook('onError', (request, _reply, error, done) => {
    if (error instanceof Unauthorized && request.exchange !== undefined) request.exchange.claims = error.claims
    done()
  })
  // Readers of the stream would keep the emulator from closing.
  app.addHook('preClose', done => {
    journal.close()
    done()
  })
}

/** A request and its answer, until it is done with: it alone holds what must not be kept. */
class Exchange implements InFlight {
  place = 0
  /** What a refused token says. */
  claims: Readonly<Record<string, unknown>> | undefined = undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Bytes that the connection had sent before; undefined without one. */
  readonly #sent: number | undefined
  readonly #start = performance.now()
  readonly #notary: Notary
  #asked: Asked | undefined
  #over = false

  constructor(request: FastifyRequest, reply: FastifyReply, notary: Notary) {
    this.request = request
    this.reply = reply
    this.#notary = notary
    this.#sent = request.raw.socket.bytesWritten
    notary.journal.begin(this)
  }

  get answered(): boolean {
    return this.reply.raw.writableEnded
  }

  settle(): void {
    if (this.#asked !== undefined) return
    this.#asked = this.#notary.note(this)
    this.#notary.journal.add(this.#asked)
  }

  /** Waits for the end, unless it has come already. */
  watch(): void {
    const { raw } = this.reply
    if (raw.writableFinished || raw.destroyed) {
      this.over()
      return
    }
    const over = () => this.over()
    // Without a socket there is no close.
    raw.once('finish', over).once('close', over)
  }

  /** The answer is sent, or the connection gone. */
  over(): void {
    if (this.#over) return
    this.#over = true
    const { journal } = this.#notary
    journal.end(this)
    if (this.#asked === undefined) this.settle()
    else Object.assign(this.#asked, this.measured(this.#asked.fault))
    if (this.#asked!.unhandled) journal.unhandled(this.#asked!)
  }

  /** What is known in the end only. */
  measured(fault: string | undefined): Pick<Asked, 'duration' | 'bytes' | 'hungUp'> {
    const { socket } = this.request.raw
    return {
      duration: Math.round((performance.now() - this.#start) * 1000),
      bytes: this.#sent === undefined ? undefined : socket.bytesWritten - this.#sent,
      hungUp: fault === undefined && (!this.answered || (socket.errored ?? null) !== null)
    }
  }
}

/** Makes of an exchange what is kept. */
class Notary {
  readonly journal: Journal
  readonly #clock: Clock
  readonly #directory: Directory
  readonly #callers = new Callers()
  readonly #addresses = new Texts()
  readonly #headers = new Texts()

  constructor({ journal, clock, directory }: JournalParts) {
    this.journal = journal
    this.#clock = clock
    this.#directory = directory
  }

  note(exchange: Exchange): Asked {
    const { request, reply } = exchange
    const { method, headers, signIn } = request
    const asked = request.originalUrl
    const route = request.routeOptions.url
    const who = this.#who(exchange)
    const tenant = who?.tenant ?? this.#tenant(request)
    const now = this.#clock.of(tenant)
    const status = reply.raw.headersSent ? reply.raw.statusCode : undefined
    const fault = this.#text(reply.getHeader(faultHeader))
    const { duration, bytes, hungUp } = exchange.measured(fault)
    return {
      id: this.journal.nextId(),
      time: Math.floor(now.frozen ? now.now() : now.now() - duration / 1000),
      tenant,
      method,
      url: this.#addresses.kept(asked, url => withoutCredentials(url, () => served.get(route ?? '')?.parameters)),
      routed: request.url === asked ? undefined : kept(request.url.split('?', 1)[0]!),
      route,
      host: this.#text(headers.host),
      who,
      grantType: this.#text(signIn?.grantType),
      status,
      reason: this.#reason(request, reply),
      fault,
      userAgent: this.#text(headers['user-agent']),
      correlationId: this.#correlation(request),
      unhandled: fault === undefined && isUnhandled(request, status, route),
      duration,
      bytes,
      hungUp
    }
  }

  #text(header: unknown): string | undefined {
    if (header === undefined || header === null) return undefined
    return this.#headers.kept(String(header), text => kept(text, longestHeader))
  }

  /** Why it was refused; who sent a secret for a client id is not quoted. */
  #reason({ signIn }: FastifyRequest, reply: FastifyReply): string | undefined {
    const reason = this.#text(reply.getHeader(reasonHeader))
    const clientId = signIn?.clientId
    const quotes = clientId !== undefined && clientId !== '' && !isGuid(clientId)
    return quotes && reason !== undefined ? `${redacted}: it quotes a client id that is none` : reason
  }

  #correlation({ headers, signIn }: FastifyRequest): string | undefined {
    for (const name of correlationHeaders) {
      const value = headers[name]
      if (value !== undefined) return kept(String(value), longestHeader)
    }
    return this.#text(signIn?.correlationId)
  }

  #who({ request, claims }: Exchange): Who | undefined {
    const { caller, signIn } = request
    if (caller) return this.#callers.who(caller)
    if (signIn) return whoSignsIn(signIn, this.#tenant(request))
    return claims === undefined ? undefined : whoSays(claims)
  }

  /** The tenant that the path names: of the sign-in service, or of an export file. */
  #tenant({ params }: FastifyRequest): string | undefined {
    const { tenant, '*': rest } = (params ?? {}) as { tenant?: string; '*'?: string }
    const named = tenant ?? /\/OrgId=([0-9a-f-]{36})\//.exec(rest ?? '')?.[1]
    return named === undefined ? undefined : this.#directory.tenant(named)?.id
  }
}

function isUnhandled(request: FastifyRequest, status: number | undefined, route: string | undefined): boolean {
  if (status === 405 || status === 501) return true
  if (status !== 404) return false
  const place = placeOf(request.headers.host)
  return route === undefined || (place !== undefined && !isVendorPath(place, request.url.split('?', 1)[0]!))
}
