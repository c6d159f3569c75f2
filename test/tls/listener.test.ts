import { once } from 'node:events'
import { request as plainly } from 'node:http'
import { Agent, request } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { refuseConnection } from '../../src/app.js'
import { type ListenerSettings, listenSecurely } from '../../src/tls/listener.js'
import { namesWith } from '../../src/tls/names.js'
import { get, leafFor, usual } from './tls.js'

async function listening(t: Test, settings: Partial<ListenerSettings> = {}) {
  const { root, issuer } = await usual
  const { certificate, key } = await leafFor(namesWith(['mde']))
  const listener = await listenSecurely({
    identity: { chain: certificate + issuer, key },
    handler: (asked, response) => response.end(`you asked ${asked.headers.host}`),
    refuse: refuseConnection,
    host: '127.0.0.1',
    port: 0,
    maxHeaderSize: 16_384,
    ...settings
  })
  t.teardown(() => listener.close(0))
  return { listener, ca: root, url: listener.url, port: Number(new URL(listener.url).port) }
}

/** What came before the other side ended, and after how many milliseconds. */
async function ended(socket: Socket): Promise<{ text: string; after: number }> {
  const from = Date.now()
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', data => (text += data))
  // Not by once(), which would take an error for the end.
  await new Promise(resolve => socket.once('close', resolve))
  return { text, after: Date.now() - from }
}

t.test('Host decides; SNI may be absent, or say another name', async t => {
  const { url, ca, port } = await listening(t)
  t.equal((await get(url, { ca })).text, `you asked 127.0.0.1:${port}`, 'an address has no SNI')
  for (const host of ['localhost', 'login.microsoftonline.com', 'api.securitycenter.microsoft.com', 'mde']) {
    t.equal((await get(url, { ca, host })).text, `you asked ${host}`)
  }
  const { text, status } = await get(url, { ca, host: 'api.security.microsoft.com', sni: 'login.windows.net' })
  t.match({ text, status }, { text: 'you asked api.security.microsoft.com', status: 200 })
  await t.rejects(get(url, { ca, host: 'example.com' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  await t.rejects(get(url), { code: /UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)|SELF_SIGNED/ })
})

t.test('HTTP/1.1 from TLS 1.2 on', async t => {
  const { ca, port } = await listening(t)
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = connect({
      port,
      ca,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
      servername: 'localhost'
    })
    await once(socket, 'secureConnect')
    t.equal(socket.getProtocol(), version)
    t.equal(socket.alpnProtocol, 'http/1.1')
    socket.destroy()
  }
})

t.test('handshakes that are slow, hostile or none do not hurt', async t => {
  const { url, ca, port } = await listening(t, { handshakeTimeout: 300, headersTimeout: 600 })
  const silent = connectTcp(port, '127.0.0.1')
  const slow = connectTcp(port, '127.0.0.1')
  await Promise.all([once(silent, 'connect'), once(slow, 'connect')])
  // The beginning of a ClientHello that never goes on.
  slow.write(Buffer.from('16030102000100', 'hex'))
  const huge = connectTcp(port, '127.0.0.1')
  huge.on('error', () => undefined)
  // A record longer than any may be (RFC 8446, 5.1), and more of it.
  huge.write(Buffer.concat([Buffer.from('160301ffff0100ffff', 'hex'), Buffer.alloc(100_000, 1)]))
  const garbage = connectTcp(port, '127.0.0.1')
  garbage.write('\0\0\0\0garbage')
  const outcomes = Promise.all([silent, slow, huge, garbage].map(ended))
  const plain = once(plainly({ port, host: '127.0.0.1' }).end(), 'error')
  const headers = connect({ port, ca, servername: 'localhost' })
  await once(headers, 'secureConnect')
  headers.write('GET / HTTP/1.1\r\nHost: loc')
  const cut = ended(headers)
  const reset = connectTcp(port, '127.0.0.1', () => reset.resetAndDestroy())
  reset.on('error', () => undefined)
  t.equal((await get(url, { ca })).status, 200, 'meanwhile others are answered')
  for (const { after } of await outcomes) t.ok(after < 3_000, `${after} ms`)
  t.match(await plain, [{ code: /ECONNRESET|HPE_INVALID_CONSTANT|EPIPE/ }])
  t.ok((await cut).after < 4_000)
  t.equal((await get(url, { ca })).status, 200)
})

t.test('what is no HTTP, or too long, is refused as on the other port', async t => {
  const { url, ca, port } = await listening(t)
  const socket = connect({ port, ca, servername: 'localhost' })
  socket.write('no HTTP\r\n\r\n')
  t.match((await ended(socket)).text, /^HTTP\/1\.1 400 Bad Request[\s\S]*x-emulator-reason/)
  t.equal((await get(url, { ca, headers: { padding: 'x'.repeat(20_000) } })).status, 431)
})

t.test('an end: what is in flight is finished, who waits or never says a thing is cut', async t => {
  const { listener, url, ca, port } = await listening(t, {
    handler: (_asked, response) => void setTimeout(() => response.end('done'), 200)
  })
  const agent = new Agent({ keepAlive: true, ca })
  const answered = new Promise<string>((resolve, reject) => {
    const asked = request(url, { agent }, response => {
      response.setEncoding('utf8').on('data', resolve)
    })
    asked.on('error', reject).end()
  })
  const silent = connectTcp(port, '127.0.0.1')
  const idle = connect({ port, ca, servername: 'localhost' })
  await Promise.all([once(silent, 'connect'), once(idle, 'secureConnect')])
  const cut = [ended(silent), ended(idle)]
  await new Promise(resolve => setTimeout(resolve, 50))
  const from = Date.now()
  const closed = listener.close(600)
  await t.rejects(get(url, { ca }), { code: 'ECONNREFUSED' })
  t.equal(await answered, 'done')
  await closed
  t.ok(Date.now() - from < 1_000, `${Date.now() - from} ms`)
  await Promise.all(cut)
  agent.destroy()
})

t.test('a new certificate is shown from the next connection on', async t => {
  const { listener, url, ca } = await listening(t)
  const { issuer } = await usual
  const { certificate, key } = await leafFor({ dns: ['mde'] })
  t.equal((await get(url, { ca, host: 'localhost' })).status, 200)
  listener.show({ chain: certificate + issuer, key })
  await t.rejects(get(url, { ca, host: 'localhost' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  t.equal((await get(url, { ca, host: 'mde' })).status, 200)
})

t.test('a port that is taken', async t => {
  const { port } = await listening(t)
  await t.rejects(listening(t, { port }), {
    message: `port ${port} for HTTPS is in use: choose another with --https-port (0 picks a free one), or do without with --no-https`
  })
})
