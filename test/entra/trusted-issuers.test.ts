import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { gather } from '../../src/cli/start.js'
import { emulated, everything, resource, tenant } from '../emulator.js'

const real = '99998888-7777-6666-5555-444433332222'
const url = '/api/Software'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Somebody's own sign-in service, on loopback. */
async function issuer(t: Test) {
  const asked: string[] = []
  const says = {
    issuer: '',
    status: 200,
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'theirs', use: 'sig' }]
  }
  const server = createServer((request, response) => {
    asked.push(request.url!)
    const document = request.url!.endsWith('/keys')
      ? { keys: says.keys }
      : { issuer: says.issuer, jwks_uri: `${says.issuer}/keys` }
    response.writeHead(says.status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => server.close())
  says.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${real}`
  return { asked, says, server }
}

function signed(claims: JWTPayload, { kid = 'theirs', key = privateKey, alg = 'RS256' } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload = { aud: resource, tid: real, appid: everything, oid: 'x', roles: ['Software.Read.All'], ver: '1.0' }
  return new SignJWT({ ...payload, iat: now, nbf: now - 300, exp: now + 3600, ...claims })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .sign(key)
}

t.test('tokens of a trusted issuer are checked by its keys, and in every other way', async t => {
  const { asked, says } = await issuer(t)
  const emulator = await emulated(t, { trustIssuer: [`${says.issuer}/`] })
  const ask = async (token: string, path = url) =>
    emulator.inject({ url: path, headers: { authorization: `Bearer ${token}` } })
  t.equal((await emulator.inject({ url, headers: await emulator.headers() })).statusCode, 200, 'our own are good')
  t.equal((await ask(await signed({ iss: 'https://stranger.example' }))).statusCode, 401)
  t.same(asked, [], 'and nothing is fetched for anybody else')

  const good = await signed({ iss: says.issuer })
  for (let i = 0; i < 3; i++) t.equal((await ask(good)).statusCode, 200)
  t.equal((await ask(await signed({ iss: `${says.issuer}/` }))).statusCode, 200)
  t.same(asked, [`/${real}/.well-known/openid-configuration`, `/${real}/keys`], 'fetched once')

  const now = Math.floor(Date.now() / 1000)
  for (const [name, token, status, reason] of [
    ['another audience', signed({ iss: says.issuer, aud: 'https://graph.microsoft.com' }), 401, /for another API/],
    ['expired', signed({ iss: says.issuer, exp: now - 5 }), 401, /expired since/],
    ['too early', signed({ iss: says.issuer, nbf: now + 500 }), 401, /not valid before/],
    ['version 2.0', signed({ iss: says.issuer, ver: '2.0' }), 401, /of version 2\.0/],
    ['another key', signed({ iss: says.issuer }, { key: other.privateKey }), 401, /signature is not of a key of http/],
    ['an unknown key', signed({ iss: says.issuer }, { kid: 'x' }), 401, /has no key of the name/],
    ['PS256', signed({ iss: says.issuer }, { alg: 'PS256' }), 401, /wrong algorithm/],
    ['no role', signed({ iss: says.issuer, roles: [] }), 403, /no permission at all/]
  ] as const) {
    const response = await ask(await token)
    t.equal(response.statusCode, status, `${name}: ${response.body}`)
    t.match(response.headers['x-emulator-reason'], reason, name)
  }
  t.match(emulator.notices, [/^Tokens of http.* are accepted \(--trust-issuer\)/])
})

t.test('its tenant has the world of the well-known one, unless it is in the directory', async t => {
  const { says } = await issuer(t)
  const fixtures = { tenants: [{ id: real }], machines: [] }
  const machine = {
    id: 'a'.repeat(40),
    computerDnsName: 'theirs.example.test',
    os: 'Windows11',
    build: 26100,
    tenant: real
  }
  const [without, within] = [
    await emulated(t, { machines: 3, trustIssuer: [says.issuer] }),
    await emulated(t, { machines: 0, trustIssuer: [says.issuer], fixtures: { ...fixtures, machines: [machine] } })
  ]
  const headers = { authorization: `Bearer ${await signed({ iss: says.issuer, roles: ['Machine.Read.All'] })}` }
  t.equal((await without.inject({ url: '/api/machines', headers })).json().value.length, 3)
  t.match((await within.inject({ url: '/api/machines', headers })).json().value, [{ id: machine.id }])
})

t.test('an issuer that does not answer as it should', async t => {
  const { says, server } = await issuer(t)
  const emulator = await emulated(t, { machines: 0, trustIssuer: [says.issuer] })
  const token = await signed({ iss: says.issuer })
  const refused = async (reason: RegExp) => {
    const response = await emulator.inject({ url, headers: { authorization: `Bearer ${token}` } })
    t.equal(response.statusCode, 401)
    t.match(response.headers['x-emulator-reason'], reason)
  }
  says.status = 500
  await refused(/its configuration cannot be fetched from http.*: it answers 500/)
  says.status = 200
  const own = says.issuer
  says.issuer = 'http://somebody.else'
  await refused(/its configuration is of issuer http:\/\/somebody\.else/)
  says.issuer = own
  const keys = says.keys
  says.keys = 'nonsense' as never
  await refused(/the keys of .* cannot be fetched or used/)
  says.keys = keys
  t.equal(
    (await emulator.inject({ url, headers: { authorization: `Bearer ${token}` } })).statusCode,
    200,
    'later it does'
  )
  emulator.control.reset()
  await new Promise(closed => {
    server.close(closed)
    server.closeAllConnections()
  })
  await refused(/its configuration cannot be fetched/)
})

t.test('--auth decode takes their word for it, and fetches nothing', async t => {
  const { asked, says } = await issuer(t)
  const emulator = await emulated(t, { machines: 0, auth: 'decode', trustIssuer: [says.issuer] })
  const authorization = `Bearer ${await signed({ iss: says.issuer }, { key: other.privateKey })}`
  t.equal((await emulator.inject({ url, headers: { authorization } })).statusCode, 200)
  t.same(asked, [])
})

t.test('a real tenant is known by the issuer that its tokens name', async t => {
  const { TrustedIssuers } = await import('../../src/entra/trusted-issuers.js')
  for (const [option, iss, known] of [
    [`https://login.microsoftonline.com/${real}/v2.0`, `https://sts.windows.net/${real}/`, true],
    [`https://login.microsoftonline.com/${real}/v2.0/`, `https://login.microsoftonline.com/${real}/v2.0`, true],
    [`https://sts.windows.net/${real}/`, `https://sts.windows.net/${real}/`, true],
    [`https://login.microsoftonline.com/${real}`, `https://sts.windows.net/${real}/`, true],
    [`https://login.microsoftonline.com/${real}/v2.0`, `https://sts.windows.net/${tenant}/`, false],
    [`https://idp.example/${real}/v2.0`, `https://sts.windows.net/${real}/`, false]
  ] as const) {
    t.equal(new TrustedIssuers([option]).of({ iss }) !== undefined, known, `${option}: ${iss}`)
  }
  const [one] = [
    new TrustedIssuers([`https://sts.windows.net/${real}`]).of({ iss: `https://sts.windows.net/${real}/` })!
  ]
  const elsewhere = { iss: `https://sts.windows.net/${real}/`, tid: tenant }
  t.throws(
    () => one.expected(elsewhere),
    { name: 'Unauthorized', reason: /is not that of the trusted issuer/ } as never,
    'its keys sign for all tenants'
  )
})

t.test('the option', async t => {
  t.match(gather(['--trust-issuer', `https://login.microsoftonline.com/${real}/v2.0`], {}), {
    trustIssuer: [`https://login.microsoftonline.com/${real}/v2.0`]
  })
  t.same(gather([], {}).trustIssuer, [])
  for (const bad of [
    'x',
    'ftp://x',
    'https://login.microsoftonline.com/contoso.com/v2.0',
    'https://login.microsoftonline.com/common'
  ]) {
    t.throws(() => gather(['--trust-issuer', bad], {}), { name: 'UsageError', message: /an issuer of tokens/ }, bad)
  }
})
