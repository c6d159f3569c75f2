import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Emulator } from '../../src/index.js'
import { emulated, get } from '../emulator.js'

interface Event {
  id?: string
  event?: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into them
  data?: any
}

/** Reads server-sent events as a browser does. */
async function listen(t: Test, url: string, headers: Record<string, string> = {}) {
  const gone = new AbortController()
  t.teardown(() => gone.abort())
  const response = await fetch(url, { headers, signal: gone.signal })
  const events: Event[] = []
  let rest = ''
  const ended = (async () => {
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + piece).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map(line => line.split(/: (.*)/s, 2)))
        if (fields.event !== undefined) events.push({ ...fields, data: JSON.parse(fields.data) })
      }
    }
  })().catch(() => undefined)
  const until = async (count: number) => {
    for (let turn = 0; turn < 300 && events.length < count; turn++) await pause(10)
    return events
  }
  return { response, events, until, ended, stop: () => gone.abort() }
}

async function opened(t: Test, settings: object = {}): Promise<{ emulator: Emulator; stream: string; host: string }> {
  const emulator = await emulated(t, { machines: 1, ...settings })
  const url = await emulator.listen({ port: 0 })
  return { emulator, stream: `${url}/_emulator/requests/stream`, host: url }
}

t.test('what comes, as it comes', async t => {
  const { emulator, stream } = await opened(t)
  await get(emulator, '/api/Software')
  const all = await listen(t, stream)
  t.match(all.response.headers.get('content-type'), /^text\/event-stream/)
  const some = await listen(t, `${stream}?status=4xx`)
  await get(emulator, '/api/machines')
  await get(emulator, '/api/machine')
  t.match(await all.until(2), [
    { id: '2', event: 'request', data: { id: 2, path: '/api/machines', status: 200 } },
    { id: '3', event: 'request', data: { id: 3, path: '/api/machine', nearest: 'GET /api/machines' } }
  ])
  t.match(await some.until(1), [{ id: '3' }])
  t.equal((await fetch(`${stream}?status=x`)).status, 400)
  t.equal((await fetch(stream, { headers: { 'last-event-id': 'x' } })).status, 400)
  await emulator.close()
  await all.ended
  t.pass('the emulator ends: the stream does')
})

t.test('who comes back goes on where it stopped; a gap is said', async t => {
  const { emulator, stream } = await opened(t, { journal: 3 })
  for (let n = 0; n < 5; n++) await get(emulator, '/api/Software')
  const four = await listen(t, stream, { 'last-event-id': '4' })
  t.same(
    (await four.until(1)).map(({ id, event }) => [event, id]),
    [['request', '5']]
  )
  const zero = await listen(t, stream, { 'last-event-id': '0' })
  await zero.until(4)
  t.same(
    zero.events.map(({ id, event }) => [event, id]),
    [
      ['gap', undefined],
      ['request', '3'],
      ['request', '4'],
      ['request', '5']
    ]
  )
  t.same(zero.events[0]!.data, { after: 0, until: 2 })
})

t.test('a tenant hears of itself, and of its own world that went', async t => {
  const { emulator, stream } = await opened(t, { maxTenants: 1 })
  const other = '12345678-1234-1234-1234-123456789abc'
  const its = await listen(t, `${stream}?tenant=${other}`)
  emulator.control.info(other)
  await get(emulator, '/api/Software')
  t.match(await its.until(1), [{ event: 'note', data: { kind: 'world-evicted', tenant: other } }])
  await pause(50)
  t.equal(its.events.length, 1)
})

t.test('whoever does not read is cut off, and delays nobody', async t => {
  const { emulator, stream, host } = await opened(t, { journal: 200 })
  const socket = connect(Number(new URL(host).port), '127.0.0.1')
  t.teardown(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.write(`GET ${new URL(stream).pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause()
  const closed = new Promise(resolve => socket.once('close', resolve))
  const long = 'x'.repeat(3000)
  for (let n = 0; n < 8000 && !socket.destroyed; n++) {
    await emulator.inject({ url: `/api/${long}`, headers: { host: 'localhost' } })
    if (n % 500 === 499) await pause(1)
  }
  socket.resume()
  await closed
  t.pass('cut off')
  t.equal(emulator.control.requests.count(), 200)
})

t.test('in the library: an iterator', async t => {
  const emulator = await emulated(t, { machines: 1 })
  const gone = new AbortController()
  const stream = emulator.control.requests.stream({ path: '/api/machines', signal: gone.signal })
  const first = stream.next()
  await get(emulator, '/api/Software')
  await get(emulator, '/api/machines')
  t.match(await first, { done: false, value: { type: 'request', path: '/api/machines' } })
  gone.abort()
  t.match(await stream.next(), { done: true })

  const seen: string[] = []
  const stop = emulator.control.requests.onUnhandled(({ path, nearest }) => seen.push(`${path} ${nearest}`))
  for (const url of ['/api/machines', '/api/machine', '/api/alerts']) await get(emulator, url)
  stop()
  await get(emulator, '/api/machin')
  t.same(seen, ['/api/machine GET /api/machines', '/api/alerts null'])
})
