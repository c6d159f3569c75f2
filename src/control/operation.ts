import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Control } from './control.js'
import { PlainError } from './schemas.js'

/** A JSON schema, as constant as it is written. */
export type Schema = { readonly [keyword: string]: unknown }
type Schemas = { readonly [name: string]: Schema }

type Typed<S> = S extends { type: 'integer' }
  ? number
  : S extends { type: 'boolean' }
    ? boolean
    : S extends { type: 'array' }
      ? string[]
      : string

/** What an operation is called with, checked against its schemas. */
export interface Call<Params = unknown, Query = unknown> {
  control: Control
  /** Names in the path; texts. */
  params: Params
  query: Query
  /** As its schema says; an empty object when none was sent. */
  body: unknown
  /** Id of the tenant of `?tenant=`; undefined when it was not named. */
  tenant: string | undefined
  request: FastifyRequest
  reply: FastifyReply
}

/** A call of the control plane, as a value: the route, its checks and its description come from it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/_emulator`, as the router writes it: `/machines/:id`. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  /** Schemas of what stands in the path, by name. */
  readonly params?: Schemas
  /** Schemas of the query's parameters, by name; integers and booleans are read from their texts. All are optional. */
  readonly query?: Schemas
  /** What the operation means without `?tenant=`; absent when it is the same for all. */
  readonly tenant?: string
  /** Schema of the body; without required fields it need not be sent. */
  readonly body?: Schema
  /** Bytes that the body may have; 64 KiB when absent. */
  readonly bodyLimit?: number
  /** The answers besides 400, 401 and 403, which every operation has. */
  readonly answers: { readonly [status: number]: Schema & { readonly description: string } }
  /** 204 when it returns nothing, else 200 with what it returns (or with what was sent, if that is the reply). */
  run(call: Call): unknown
}

type QueryOf<Q> = { [Name in keyof Q]?: Typed<Q[Name]> }
type ParamsOf<P> = { [Name in keyof P]: string }

/** An operation, whose `run` knows the names in its path and its query. What the body is, its schema says. */
export function operation<
  const P extends Schemas = Record<never, Schema>,
  const Q extends Schemas = Record<never, Schema>
>(
  page: Omit<Operation, 'params' | 'query' | 'run'> & {
    params?: P
    query?: Q
    run(call: Call<ParamsOf<P>, QueryOf<Q>>): unknown
  }
): Operation {
  return page as unknown as Operation
}

/** Answers that many operations have. */
export const done = { description: 'Done.', type: 'null' } as const
export const notFound = (description: string) => ({ description, ...PlainError })
export const contradiction = (description: string) => ({ description, ...PlainError })

/** For what concerns one tenant. */
export const wellKnown = 'the well-known tenant'
