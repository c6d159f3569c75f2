import { spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Tls } from '../../src/tls/service.js'
import { emulated, everything, form, resource, secret, tenant } from '../emulator.js'
import { get, leafFor, usual } from './tls.js'

t.test('the same emulator answers on both sockets, each with its own links', async t => {
  const emulator = await emulated(t, { https: true, pageSize: 2 })
  const url = await emulator.listen({ port: 0 })
  const { httpsUrl = '', caPem: ca = '' } = emulator
  t.match(httpsUrl, /^https:\/\/127\.0\.0\.1:\d+$/)
  t.equal(emulator.caFile, undefined, 'the library keeps its keys in memory')

  const body = form({
    grant_type: 'client_credentials',
    client_id: everything,
    client_secret: secret,
    scope: `${resource}/.default`
  })
  const token = await fetch(`${url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body })
  const { access_token } = (await token.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}` }
  const secure = await get(`${httpsUrl}/api/Software`, { ca, headers })
  t.equal(secure.status, 200)
  const page = JSON.parse(secure.text)
  t.match(page['@odata.context'], `${httpsUrl}/api/$metadata#Software`)
  t.match(page['@odata.nextLink'], `${httpsUrl}/api/Software?`)
  const open = (await (await fetch(`${url}/api/Software`, { headers })).json()) as typeof page
  t.match(open['@odata.nextLink'], `${url}/api/Software?`)
  t.same(page.value, open.value)

  const host = 'login.microsoftonline.com'
  const metadata = await get(`${httpsUrl}/${tenant}/v2.0/.well-known/openid-configuration`, { ca, host })
  t.match(JSON.parse(metadata.text), { token_endpoint: `https://${host}/${tenant}/oauth2/v2.0/token` })
})

t.test('the CA can be fetched, on both', async t => {
  const emulator = await emulated(t, { https: true })
  const url = await emulator.listen({ port: 0 })
  const answer = await fetch(`${url}/_emulator/ca.pem`)
  t.equal(answer.headers.get('content-type'), 'application/x-pem-file')
  t.equal(await answer.text(), emulator.caPem)
  const { text } = await get(`${emulator.httpsUrl}/_emulator/ca.pem`, { ca: emulator.caPem! })
  t.equal(text, emulator.caPem)
  t.ok(new X509Certificate(text).ca)
})

t.test('without HTTPS there is no CA, and the library has none unless told to', async t => {
  const emulator = await emulated(t)
  await emulator.listen({ port: 0 })
  t.same([emulator.httpsUrl, emulator.caPem, emulator.caFile], [undefined, undefined, undefined])
  const answer = await emulator.inject({ url: '/_emulator/ca.pem' })
  t.equal(answer.statusCode, 404)
  t.equal(answer.json().error.message, 'there is no CA, since this emulator serves no HTTPS')
  for (const settings of [{ httpsPort: 0 }, { tlsName: ['mde'] }]) {
    const secure = await emulated(t, settings)
    await secure.listen({ port: 0 })
    t.match(secure.httpsUrl, /^https:/)
  }
})

t.test('ready means HTTPS too, and HTTP is there before', async t => {
  const emulator = await emulated(t, { https: true })
  const listening = emulator.listen({ port: 0 })
  const before = emulator.ready
  await listening
  await before
  t.ok(emulator.httpsUrl)
  t.equal((await emulator.inject({ url: '/readyz' })).statusCode, 200)

  // While the key is in the making nothing is ready, and /healthz is answered.
  const { SigningKeys } = await import('../../src/entra/keys.js')
  let release: () => void = () => undefined
  const gate = new Promise<void>(resolve => (release = resolve))
  const port = await freePort()
  const slow = await emulated(t, { https: true, keys: gate.then(() => SigningKeys.create()) })
  const up = slow.listen({ port })
  const asked = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(await asked('/healthz'), 200)
  t.equal(await asked('/readyz'), 503)
  t.equal(slow.httpsUrl, undefined)
  release()
  await up
  t.equal(await asked('/readyz'), 200)
})

t.test('the CA is kept in the data folder', async t => {
  const dataDir = t.testdir({})
  const first = await emulated(t, { dataDir, https: true })
  await first.listen({ port: 0 })
  t.equal(first.caFile, join(dataDir, 'ca.pem'))
  t.equal(await readFile(first.caFile!, 'utf8'), first.caPem)
  const second = await emulated(t, { dataDir, https: true })
  await second.listen({ port: 0 })
  t.equal(second.caPem, first.caPem)
})

t.test("a certificate of the user's own", async t => {
  const { root, issuer } = await usual
  const { certificate, key } = await leafFor({ dns: ['localhost', 'mde'] })
  const other = await leafFor({ dns: ['localhost'] })
  const encrypted = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x'
  })
  const folder = t.testdir({
    'cert.pem': certificate + issuer,
    'key.pem': key,
    'other.pem': other.key,
    'encrypted.pem': String(encrypted),
    'garbage.pem': 'garbage'
  })
  const file = (name: string) => join(folder, name)
  const emulator = await emulated(t, { cert: file('cert.pem'), key: file('key.pem') })
  await emulator.listen({ port: 0 })
  t.equal((await get(`${emulator.httpsUrl}/healthz`, { ca: root, host: 'mde' })).status, 200)
  t.same([emulator.caPem, emulator.caFile], [undefined, undefined])
  const answer = await emulator.inject({ url: '/_emulator/ca.pem' })
  t.equal(answer.statusCode, 404)
  t.match(answer.json().error.message, /a certificate of your own/)

  for (const [cert, key, message] of [
    ['nowhere.pem', 'key.pem', /^the certificate .*nowhere\.pem cannot be read \(ENOENT\)$/],
    ['cert.pem', 'nowhere.pem', /^the private key .*nowhere\.pem cannot be read \(ENOENT\)$/],
    ['.', 'key.pem', /cannot be read \(it is no file\)$/],
    ['garbage.pem', 'key.pem', /^the certificate .* is not one in PEM$/],
    ['cert.pem', 'garbage.pem', /^the private key .* is not one in PEM$/],
    ['cert.pem', 'encrypted.pem', /^the private key .* has a passphrase; give one without$/],
    ['cert.pem', 'other.pem', /^the private key .* is not that of the certificate /]
  ] as const) {
    await t.rejects(emulated(t, { cert: file(cert), key: file(key) }), { message }, `${cert} ${key}`)
  }
})

t.test('renewed while it runs', async t => {
  let now = Date.now()
  const tls = new Tls({
    wanted: true,
    options: { cert: undefined, key: undefined, tlsName: [], dataDir: undefined },
    spareFolder: undefined,
    logger: false,
    now: () => now
  })
  t.teardown(() => tls.close(0))
  await tls.open(Promise.resolve(), {
    handler: (_request, response) => void response.end('hello'),
    refuse: (_error, socket) => void socket.destroy(),
    host: '127.0.0.1',
    port: 0,
    maxHeaderSize: 16_384
  })
  const before = await shown(tls.url!)
  t.equal((await get(tls.url!, { ca: tls.caPem! })).text, 'hello')
  await tls.renew()
  t.equal(await shown(tls.url!), before)
  now += 70 * 86_400_000
  await tls.renew()
  t.not(await shown(tls.url!), before)
})

t.test('an end in any state is clean', async t => {
  const unopened = await emulated(t, { https: true })
  await unopened.close()
  const opening = await emulated(t, { https: true })
  const listening = opening.listen({ port: 0 })
  await opening.close()
  await listening
  t.equal(opening.httpsUrl, undefined)
  const open = await emulated(t, { https: true })
  await open.listen({ port: 0 })
  const { port } = new URL(open.httpsUrl!)
  const silent = connect(Number(port), '127.0.0.1')
  silent.on('error', () => undefined)
  await once(silent, 'connect')
  const from = Date.now()
  await open.close()
  t.ok(Date.now() - from < 1_500, `${Date.now() - from} ms`)
  await t.rejects(get(`${open.httpsUrl}/healthz`, { ca: open.caPem! }), { code: 'ECONNREFUSED' })
})

t.test('curl', { skip: spawnSync('curl', ['--version']).status === 0 ? false : 'there is no curl' }, async t => {
  const { spawn } = await import('node:child_process')
  const emulator = await emulated(t, { https: true, dataDir: t.testdir({}) })
  await emulator.listen({ port: 0 })
  const { port } = new URL(emulator.httpsUrl!)
  const host = 'api.securitycenter.microsoft.com'
  for (const [expected, ...args] of [
    ['{"status":"ready"}', `https://localhost:${port}/readyz`],
    ['"code":"Unauthorized"', '--connect-to', `${host}:443:127.0.0.1:${port}`, `https://${host}/api/Software`]
  ] as [string, ...string[]][]) {
    const child = spawn('curl', ['-sS', '--noproxy', '*', '--cacert', emulator.caFile!, ...args])
    let text = ''
    child.stdout.on('data', data => (text += data))
    child.stderr.on('data', data => (text += data))
    await once(child, 'close')
    t.match(text, expected)
  }
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** Which certificate is shown, whether it is to be trusted or not. */
async function shown(url: string): Promise<string> {
  const { connect } = await import('node:tls')
  const { port } = new URL(url)
  const socket = connect({ port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}
