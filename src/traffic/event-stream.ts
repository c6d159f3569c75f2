import type { ServerResponse } from 'node:http'
import type { JournalEntry } from './entry.js'
import { Overtaken } from './journal.js'

/** What a stream of events is made from. */
export interface EventSource {
  /** Entries, until `gone` ends them. */
  entries: AsyncIterable<JournalEntry>
  /** Is told when the client has gone. */
  gone: AbortController
  /** Ids that the client asked for and that are not there any more: those after the first, up to the second. */
  missed: { after: number; until: number } | undefined
  /** Milliseconds between signs of life. */
  heartbeat: number
}

/**
 * Server-sent events (HTML Living Standard, section 9.2): `request` and `note`, each with its id, so that a client resumes
 * by `Last-Event-ID`; `gap` when what it asked for has left the journal. Nothing is kept for a client that does not read:
 * it is cut off after two heartbeats, or when newer requests have taken the place of those it did not read.
 */
export async function sendEvents(response: ServerResponse, source: EventSource): Promise<void> {
  const { entries, gone, missed, heartbeat } = source
  response.on('close', () => gone.abort()).on('error', () => gone.abort())
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies such as nginx would hold events back.
    'x-accel-buffering': 'no'
  })
  response.write('retry: 1000\n\n')
  let stuck = false
  const beat = setInterval(() => {
    if (stuck && response.writableNeedDrain) response.destroy()
    stuck = response.writableNeedDrain
    if (!stuck) response.write(': alive\n\n')
  }, heartbeat)
  try {
    if (missed !== undefined) response.write(`event: gap\ndata: ${JSON.stringify(missed)}\n\n`)
    for await (const entry of entries) {
      const room = response.write(`id: ${entry.id}\nevent: ${entry.type}\ndata: ${JSON.stringify(entry)}\n\n`)
      if (!room) await drained(response, gone.signal)
      if (gone.signal.aborted) return
    }
    response.end()
  } catch (error) {
    response.destroy()
    if (!(error instanceof Overtaken)) throw error
  } finally {
    clearInterval(beat)
  }
}

/** When there is room again, or nobody to make it. */
function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      response.off('drain', done)
      gone.removeEventListener('abort', done)
      resolve()
    }
    response.on('drain', done)
    gone.addEventListener('abort', done)
    if (gone.aborted) done()
  })
}
