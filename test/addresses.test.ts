import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import type { Emulator, EmulatorSettings } from '../src/index.js'
import { emulated, everything, form, tenant } from './emulator.js'
import { get } from './tls/tls.js'

/** Asks for a path and gives back the body. */
type Ask = (path: string, headers?: Record<string, string>) => Promise<Record<string, unknown>>

/** Every address that an answer holds begins as it should. */
async function right(t: Test, emulator: Emulator, ask: Ask, base: string, files = base): Promise<void> {
  const authorized = await emulator.headers()
  const page = await ask('/api/machines', authorized)
  t.equal(page['@odata.context'], `${base}/api/$metadata#Machines`)
  t.equal(page['@odata.nextLink'], `${base}/api/machines?$skip=5`)
  const versioned = await ask('/api/v1.0/Software?$top=1', authorized)
  t.equal(versioned['@odata.context'], `${base}/api/v1.0/$metadata#Software`)
  const inventory = await ask('/api/machines/SoftwareInventoryByMachine?pageSize=3', authorized)
  t.match(inventory['@odata.nextLink'], `${base}/api/machines/SoftwareInventoryByMachine?pagesize=3&$skiptoken=`)
  const { exportFiles } = await ask('/api/machines/SoftwareInventoryExport', authorized)
  t.ok((exportFiles as string[])[0]!.startsWith(`${files}/tvm-export/`), String(exportFiles))
}

/** And what the sign-in service says of itself. */
async function signsIn(t: Test, ask: Ask, base: string): Promise<void> {
  const v2 = await ask(`/${tenant}/v2.0/.well-known/openid-configuration`)
  t.match(v2, {
    issuer: `${base}/${tenant}/v2.0`,
    token_endpoint: `${base}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`
  })
  const discovery = await ask('/common/discovery/instance?api-version=1.1')
  t.match(discovery.tenant_discovery_endpoint, base)
}

const injected =
  (emulator: Emulator, host: string, more: Record<string, string> = {}): Ask =>
  async (url, headers) =>
    (await emulator.inject({ url, headers: { host, ...more, ...headers } })).json()

for (const [name, settings, host, headers, base] of [
  ['localhost', {}, 'localhost:6330', {}, 'http://localhost:6330'],
  ["another container's name", {}, 'mde:6330', {}, 'http://mde:6330'],
  ['IPv6', {}, '[::1]:6330', {}, 'http://[::1]:6330'],
  ['a mapped port', {}, 'localhost:16330', {}, 'http://localhost:16330'],
  [
    'behind a TLS terminator',
    { trustProxy: true },
    'mde.example.test',
    { 'x-forwarded-proto': 'https' },
    'https://mde.example.test'
  ],
  [
    'behind a reverse proxy with a path prefix',
    { trustProxy: true },
    'inner:6330',
    { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'gateway.test', 'x-forwarded-prefix': '/mde' },
    'https://gateway.test/mde'
  ],
  ['a public URL', { publicUrl: 'https://gateway.test/mde/' }, 'inner:6330', {}, 'https://gateway.test/mde']
] as [string, EmulatorSettings, string, Record<string, string>, string][]) {
  t.test(name, async t => {
    const emulator = await emulated(t, { machines: 12, pageSize: 5, ...settings })
    const ask = injected(emulator, host, headers)
    await right(t, emulator, ask, base)
    await signsIn(t, ask, base)
    const device = await emulator.inject({
      method: 'POST',
      url: `/${tenant}/oauth2/v2.0/devicecode`,
      headers: { host, ...headers },
      payload: form({ client_id: everything, scope: 'openid' })
    })
    t.equal(device.json().verification_uri, `${base}/common/oauth2/deviceauth`)
  })
}

t.test("HTTPS, by a name of one's own and on a mapped port", async t => {
  const emulator = await emulated(t, { machines: 12, pageSize: 5, https: true, tlsName: ['mde'] })
  await emulator.listen({ port: 0 })
  const { port } = new URL(emulator.httpsUrl!)
  const ca = emulator.caPem!
  for (const [host, base] of [
    [`mde:${port}`, `https://mde:${port}`],
    ['mde:16331', 'https://mde:16331']
  ] as const) {
    const ask: Ask = async (path, headers) =>
      JSON.parse(
        (await get(`https://127.0.0.1:${port}${path}`, { ca, sni: 'mde', headers: { host, ...headers } })).text
      )
    await right(t, emulator, ask, base)
    await signsIn(t, ask, base)
  }
})

t.test('a real host name, directly and through the proxy', async t => {
  const emulator = await emulated(t, { machines: 12, pageSize: 5, https: true })
  const plain = new URL(await emulator.listen({ port: 0 }))
  const secure = new URL(emulator.httpsUrl!)
  const ca = emulator.caPem!
  const files = 'https://tvmexportexternal.blob.core.windows.net'
  const direct =
    (host: string): Ask =>
    async (path, headers) =>
      JSON.parse((await get(`https://127.0.0.1:${secure.port}${path}`, { ca, host, headers: headers ?? {} })).text)
  const tunnelled =
    (host: string): Ask =>
    async (path, headers = {}) => {
      const socket = connectPlain(Number(plain.port), '127.0.0.1')
      socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)
      await once(socket, 'data')
      const tls = connect({ socket, servername: host, ca })
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      tls.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\n${lines.join('')}\r\n`)
      let text = ''
      for await (const piece of tls) text += piece
      return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
    }
  for (const way of [direct, tunnelled]) {
    await right(t, emulator, way('api.securitycenter.microsoft.com'), 'https://api.securitycenter.microsoft.com', files)
    await signsIn(t, way('login.microsoftonline.com'), 'https://login.microsoftonline.com')
  }
})
