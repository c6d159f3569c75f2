import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { createEmulator, type Emulator, type EmulatorSettings } from '../../src/index.js'
import { keys } from '../emulator.js'

async function listening(t: Test, settings: EmulatorSettings = {}): Promise<{ emulator: Emulator; port: number }> {
  const emulator = await createEmulator({ keys, logLevel: 'silent', machines: 20, https: true, ...settings })
  t.teardown(() => emulator.close())
  const url = await emulator.listen({ port: 0 })
  return { emulator, port: Number(new URL(url).port) }
}

/** What the other side says to some text, until it hangs up or a piece ends with a blank line. */
async function said(t: Test, port: number, text: string): Promise<{ answer: string; socket: Socket }> {
  const socket = connectPlain(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(text)
  let answer = ''
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    answer += String(piece)
    if (answer.includes('\r\n\r\n')) break
  }
  return { answer, socket }
}

t.test('CONNECT to the real names leads to the emulator', async t => {
  const { emulator, port } = await listening(t)
  for (const host of [
    'login.microsoftonline.com',
    'API.security.microsoft.com',
    'tvmexportexternal.blob.core.windows.net'
  ]) {
    const { answer, socket } = await said(t, port, `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
    t.match(answer, /^HTTP\/1\.1 200 /, host)
    const secure = connect({ socket, servername: host.toLowerCase(), ca: emulator.caPem! })
    await once(secure, 'secureConnect')
    t.ok(secure.authorized, 'with a certificate for that name')
    secure.write(
      `GET /common/discovery/instance?api-version=1.1 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    )
    const [first] = await once(secure, 'data')
    t.match(String(first), host.startsWith('login') ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 404 /)
    secure.destroy()
  }
  t.match(emulator.tally.counts, { tunnels: 3, tunnelsRefused: 0 })
})

t.test('everything else is refused, and says so', async t => {
  const { emulator, port } = await listening(t, { proxyPort: 0 })
  const own = Number(new URL(emulator.proxyUrl!).port)
  for (const target of [
    'example.com:443',
    'login.microsoftonline.com:80',
    'login.microsoftonline.com:22',
    'login.microsoftonline.com.evil.test:443',
    'evil.test/login.microsoftonline.com:443',
    '127.0.0.1:443',
    'localhost:6331',
    '[::1]:443',
    'graph.microsoft.com:443',
    'login.microsoftonline.com',
    ':443',
    '*'
  ]) {
    for (const where of [port, own]) {
      const { answer } = await said(t, where, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
      t.match(
        answer,
        /^HTTP\/1\.1 403 Forbidden[\s\S]*x-emulator-reason: this proxy leads to the emulator only/i,
        target
      )
    }
  }
  t.match(emulator.tally.counts, { tunnels: 0, tunnelsRefused: 24 })
  for (const target of [
    'http://example.com/',
    'http://login.microsoftonline.com/common/discovery/keys',
    'http://169.254.169.254/latest'
  ]) {
    const { host } = new URL(target)
    for (const where of [port, own]) {
      const { answer } = await said(t, where, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 403 /, target)
    }
  }
  const { answer } = await said(
    t,
    port,
    `GET http://localhost:${port}/healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`
  )
  t.match(answer, /^HTTP\/1\.1 200 /, 'absolute form for the server itself (RFC 9112, 3.2.2)')
})

t.test('a proxy port of its own leads to the same place', async t => {
  const { emulator } = await listening(t, { proxyPort: 0 })
  const own = Number(new URL(emulator.proxyUrl!).port)
  const { answer } = await said(t, own, 'CONNECT login.microsoftonline.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(answer, /^HTTP\/1\.1 200 /)
})

t.test('without HTTPS there is nowhere to lead to', async t => {
  const { port } = await listening(t, { https: false })
  const { answer } = await said(t, port, 'CONNECT login.microsoftonline.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(answer, /^HTTP\/1\.1 503 [\s\S]*serves no HTTPS/)
})

t.test('the beginning of TLS may come with the CONNECT, and what is no TLS ends the connection', async t => {
  const { emulator, port } = await listening(t)
  for (const rubbish of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\uffff'.repeat(5_000), '']) {
    const socket = connectPlain(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`CONNECT login.microsoftonline.com:443 HTTP/1.1\r\nHost: x\r\n\r\n${rubbish}`)
    if (rubbish === '') await once(socket, 'data')
    if (rubbish === '') socket.destroy()
    else {
      socket.resume()
      await once(socket, 'close')
    }
  }
  t.equal((await emulator.inject({ url: '/healthz' })).statusCode, 200, 'and nothing else')
})

t.test('tunnels end with the emulator', async t => {
  const { emulator, port } = await listening(t)
  const { socket } = await said(t, port, 'CONNECT login.microsoftonline.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.on('error', () => undefined)
  socket.resume()
  const closed = once(socket, 'close')
  const from = Date.now()
  await emulator.close()
  await closed
  t.ok(Date.now() - from < 2_500)
})
