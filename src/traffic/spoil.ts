import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

/** What is done to the body of a real answer. */
type Body = string | Buffer | Readable | null

/** Bytes of a stream that are sent before it is cut. */
const cutAfter = 512
/** Pieces of a slow body in a second. */
const pieces = 4

/** The first half, then the connection breaks; the header announces the whole. */
export function truncated(reply: FastifyReply, body: Body): Readable {
  const whole = body instanceof Readable ? undefined : Buffer.from(body ?? '')
  if (whole !== undefined) reply.header('content-length', Math.max(1, whole.length))
  return Readable.from(
    (async function* () {
      if (whole !== undefined) yield whole.subarray(0, Math.floor(whole.length / 2))
      else for await (const piece of first(body as Readable)) yield piece
      // What was written must leave before the connection goes.
      await pause(20)
      reply.raw.destroy()
    })()
  )
}

/** Ends a bit early, or begins wrong where the end is not known: no JSON either way. */
export function spoiled(reply: FastifyReply, body: Body): Buffer | Readable {
  reply.removeHeader('content-length')
  if (!(body instanceof Readable)) return Buffer.from(body ?? '').subarray(0, -2)
  return Readable.from(
    (async function* () {
      yield '{'
      yield* body
    })()
  )
}

/** So many bytes a second, as long as somebody reads. */
export function slowed(reply: FastifyReply, body: Body, bytesPerSecond: number, closing: AbortSignal): Readable {
  const size = Math.max(1, Math.floor(bytesPerSecond / pieces))
  const gone = new AbortController()
  reply.raw.on('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, closing])
  const source = body instanceof Readable ? body : [Buffer.from(body ?? '')]
  return Readable.from(
    (async function* () {
      for await (const chunk of source) {
        const bytes = Buffer.from(chunk as string | Buffer)
        for (let from = 0; from < bytes.length; from += size) {
          yield bytes.subarray(from, from + size)
          try {
            await pause((1000 * size) / bytesPerSecond, undefined, { signal })
          } catch {
            reply.raw.destroy()
            return
          }
        }
      }
    })()
  )
}

async function* first(body: Readable): AsyncIterable<Buffer> {
  let sent = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as string | Buffer)
    yield bytes.subarray(0, cutAfter - sent)
    sent += bytes.length
    if (sent >= cutAfter) break
  }
  body.destroy()
}
