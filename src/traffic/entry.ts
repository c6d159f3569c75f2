import { type Asked, isAsked, type Kept, type Noted } from './journal.js'
import { kept } from './redaction.js'
import { nearest, served } from './served.js'

/** A request and how it was answered, without its credentials. */
export interface RequestEntry {
  type: 'request'
  /** In the order of the answers. */
  id: number
  /** When it was asked, on the tenant's clock: ISO 8601. */
  time: string
  method: string
  /** As sent. */
  path: string
  /** Parameters by name, decoded; `<redacted>` unless they are OData's options or documented for this operation. */
  query: Record<string, string | string[]>
  host: string | null
  /** The slug of Microsoft's page, `token` and the like; null for what is not served. */
  operation: string | null
  tenant: string | null
  /** Client id. Of a token that was refused: what it said. */
  application: string | null
  /** The user's name, or the object id of the application. */
  subject: string | null
  kind: 'application' | 'delegated' | null
  roles: readonly string[]
  scopes: readonly string[]
  tokenExpires: string | null
  /** Of a sign-in. */
  grantType: string | null
  /** Null when nothing was answered. */
  status: number | null
  /** Header `x-emulator-reason`. */
  reason: string | null
  /** Header `x-emulator-fault`. */
  fault: string | null
  /** Milliseconds of real time. */
  duration: number
  /** Bytes of the answer, its head included; null when it was asked without a socket. */
  bytes: number | null
  userAgent: string | null
  /** The client's own id of the request: `client-request-id` and the like. */
  correlationId: string | null
  /** The client closed the connection before it had the answer. */
  hungUp: boolean
  /** Nothing serves it: 404 without a route, 405, 501. */
  unhandled: boolean
  /** What is served and was probably meant by it. */
  nearest: string | null
}

/** Something else that happened and that explains answers. */
export interface NoteEntry {
  type: 'note'
  id: number
  time: string
  tenant: string | null
  /** `world-evicted`: a tenant's world went because there were too many. */
  kind: string
  text: string
}

export type JournalEntry = RequestEntry | NoteEntry

export function entryOf(one: Kept): JournalEntry {
  return isAsked(one) ? requestEntry(one) : noteEntry(one)
}

export function requestEntry(asked: Asked): RequestEntry {
  const { id, method, who, grantType, status, reason, fault, bytes, userAgent, correlationId, hungUp, unhandled } =
    asked
  return {
    type: 'request',
    id,
    time: timeOf(asked),
    method,
    path: pathOf(asked),
    query: queryOf(asked),
    host: asked.host ?? null,
    operation: operationOf(asked) ?? null,
    tenant: asked.tenant ?? null,
    application: who?.application ?? null,
    subject: who?.subject ?? null,
    kind: who?.kind ?? null,
    roles: who?.roles ?? [],
    scopes: who?.scopes ?? [],
    tokenExpires: who?.expires === undefined ? null : isoOf(who.expires * 1000),
    grantType: grantType ?? null,
    status: status ?? null,
    reason: reason ?? null,
    fault: fault ?? null,
    duration: asked.duration / 1000,
    bytes: bytes ?? null,
    userAgent: userAgent ?? null,
    correlationId: correlationId ?? null,
    hungUp,
    unhandled,
    nearest: nearestOf(asked) ?? null
  }
}

export function noteEntry({ id, time, tenant, kind, text }: Noted): NoteEntry {
  return { type: 'note', id, time: isoOf(time)!, tenant: tenant ?? null, kind, text }
}

/** The path as sent. */
export function pathOf({ url }: Asked): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

export function operationOf({ route }: Asked): string | undefined {
  return route === undefined ? undefined : served.get(route)?.operation
}

export function timeOf({ time }: Asked): string {
  return isoOf(Math.floor(time))!
}

/** What was probably meant by what nothing serves. */
export function nearestOf(asked: Asked): string | undefined {
  return asked.unhandled ? nearest(asked.method, asked.routed ?? pathOf(asked)) : undefined
}

/** Parameters by name, each once, or in the order they stand in. */
export function queryOf({ url }: Asked): Record<string, string | string[]> {
  const start = url.indexOf('?')
  if (start === -1) return {}
  const found = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    // A token may show itself only now that it is decoded.
    found.set(name, [...(found.get(name) ?? []), kept(value)])
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}

/** Null when a token says something that is no time. */
function isoOf(milliseconds: number): string | null {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
