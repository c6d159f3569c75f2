import { connect } from 'node:net'
import t from 'tap'
import { documentedDevice, emulated, get, rows, tenant } from '../emulator.js'

const update = `/_emulator/machines/${documentedDevice}/updates/4540673`
const bySoftware = '/api/Software/microsoft-_-edge/getmissingkbs'
const missed = '240'

t.test('info says what runs', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true, seed: 7 })
  const response = await emulator.inject({ url: '/_emulator/info' })
  t.equal(response.statusCode, 200)
  t.match(response.json(), {
    name: 'mde-emulator',
    version: /^\d+\.\d+\.\d+/,
    worldVersion: '2026.1',
    seed: 7,
    scenario: 'typical',
    worldTime: '2026-06-30',
    now: '2026-06-30T12:00:00.000Z',
    frozen: true,
    auth: 'verify',
    profile: 'observed',
    quirks: [],
    tenants: [tenant],
    machines: 500
  })
  t.same(response.json(), emulator.control.info(), "the library's is the same object")
})

t.test('install, uninstall and reset', async t => {
  const emulator = await emulated(t)
  const count = async () =>
    String((await rows(emulator, bySoftware)).find(({ id }) => id === '4540673')?.machineMissedOn)
  t.equal(await count(), missed)
  t.equal((await emulator.inject({ method: 'PUT', url: update })).statusCode, 204)
  t.equal(await count(), '239')
  t.equal((await emulator.inject({ method: 'PUT', url: update })).statusCode, 204, 'again: so already')
  t.equal((await emulator.inject({ method: 'DELETE', url: update })).statusCode, 204)
  t.equal(await count(), missed)
  const again = await emulator.inject({ method: 'DELETE', url: update })
  t.equal(again.statusCode, 409)
  t.match(again.json(), { error: { code: 'Contradiction', message: /KB 4540673 is not installed/ } })
  await emulator.inject({ method: 'PUT', url: update.replace('4540673', 'KB4540673') })
  t.equal(await count(), '239', 'with or without KB')
  const reset = await emulator.inject({ method: 'POST', url: '/_emulator/reset' })
  t.equal(reset.statusCode, 204)
  t.equal(await count(), missed)
})

t.test('what would contradict the facts is refused, and nothing changes', async t => {
  const emulator = await emulated(t)
  const before = await rows(emulator, bySoftware)
  for (const [method, url, status, message] of [
    [
      'PUT',
      update.replace('4540673', '5000871'),
      409,
      /does not apply to machine .*: it is for microsoft-_-exchange_server_2019/
    ],
    ['PUT', update.replace('4540673', '123'), 404, /KB 123 was not found/],
    ['PUT', update.replace(documentedDevice, 'nobody'), 404, /Machine nobody was not found/],
    ['DELETE', update.replace(documentedDevice, 'nobody'), 404, /Machine nobody was not found/],
    ['PUT', `${update}?tenant=elsewhere`, 404, /Tenant elsewhere was not found/],
    ['PUT', `${update}?tennant=x`, 400, /query, at \/: unknown field "tennant"/],
    ['GET', update, 404, /the control plane has no GET/],
    ['GET', '/_emulator/nothing', 404, /the control plane has no GET \/_emulator\/nothing/],
    ['POST', '/_emulator/reset?tenant=elsewhere', 404, /Tenant elsewhere was not found/]
  ] as const) {
    const response = await emulator.inject({ method, url })
    t.equal(response.statusCode, status, url)
    t.match(response.json().error.message, message, url)
    t.match(response.headers['x-emulator-reason'], message, url)
  }
  t.same(await rows(emulator, bySoftware), before)
})

t.test('tokens', async t => {
  const emulator = await emulated(t)
  const post = (payload: object | string, headers = {}) =>
    emulator.inject({
      method: 'POST',
      url: '/_emulator/tokens',
      payload,
      headers: { 'content-type': 'application/json', ...headers }
    })
  const minted = await emulator.inject({ method: 'POST', url: '/_emulator/tokens' })
  t.equal(minted.statusCode, 200, 'nothing is needed')
  t.equal(minted.headers['cache-control'], 'no-store')
  const { access_token } = minted.json()
  t.equal(
    (await emulator.inject({ url: bySoftware, headers: { authorization: `Bearer ${access_token}` } })).statusCode,
    200
  )
  t.match((await post({ roles: ['A.Read'], expiresIn: -5, audience: 'x' })).json().claims, {
    roles: ['A.Read'],
    aud: 'x'
  })
  for (const [body, message] of [
    [{ rolls: [] }, /body, at \/: unknown field "rolls"/],
    [{ roles: 'A' }, /body, at \/roles: must be array/],
    [
      { alg: 'RS512' },
      /body, at \/alg: must be equal to one of the allowed values \(RS256, none, HS256\), found "RS512"/
    ],
    [{ clientId: 'x' }, /body, at \/clientId/],
    [{ tenant: 'nowhere' }, /tenant nowhere is not in the directory/],
    [[], /body, at \/: must be object/],
    ['{"roles":', /the body is not JSON: /]
  ] as const) {
    const refused = await post(body)
    t.equal(refused.statusCode, 400, String(message))
    t.match(refused.json().error.message, message)
  }
  const curled = await post('{"roles":["A.Read"]}', { 'content-type': 'application/x-www-form-urlencoded' })
  t.match(curled.json().claims, { roles: ['A.Read'] }, 'JSON whatever the type says, as curl -d sends it')
})

t.test('invariants', async t => {
  const emulator = await emulated(t, { machines: 40 })
  const verdict = (await emulator.inject({ url: '/_emulator/invariants' })).json()
  t.ok(verdict.checked > 1_000)
  t.same(verdict.violations, [])
  t.match(await emulator.control.invariants(), verdict)
})

t.test('beyond loopback it wants the admin token', async t => {
  const emulator = await emulated(t, { adminToken: 'let-me-in-please' })
  const ask = (authorization?: string) =>
    emulator.inject({ url: '/_emulator/info', headers: authorization === undefined ? {} : { authorization } })
  t.equal((await ask('Bearer let-me-in-please')).statusCode, 200)
  for (const wrong of [undefined, '', 'Bearer', 'Bearer wrong', 'Basic let-me-in-please', 'Bearer let-me-in-pleas']) {
    const refused = await ask(wrong)
    t.equal(refused.statusCode, 401, String(wrong))
    t.match(refused.headers['www-authenticate'], /^Bearer/)
  }
  t.equal((await get(emulator, '/_emulator/info')).statusCode, 401, 'a token of the API is not one')
  const open = await emulated(t)
  await open.listen({ port: 0, host: '0.0.0.0' })
  t.match(open.credentials.adminToken, /^[\w-]{32}$/, 'generated beyond loopback')
  t.equal((await open.inject({ url: '/_emulator/info' })).statusCode, 401)
})

t.test('no page of another site pulls the strings', async t => {
  const emulator = await emulated(t)
  const reset = (headers: Record<string, string>) =>
    emulator.inject({ method: 'POST', url: '/_emulator/reset', headers })
  t.equal((await reset({ host: 'localhost:6330', origin: 'http://localhost:6330' })).statusCode, 204, 'its own page')
  for (const headers of [
    { host: 'localhost:6330', origin: 'http://evil.example' },
    { host: 'localhost:6330', origin: 'null' },
    { host: 'evil.example' },
    { host: 'evil.example:6330', origin: 'http://evil.example:6330' },
    { host: '127.0.0.1.evil.example' }
  ]) {
    t.equal((await reset(headers as Record<string, string>)).statusCode, 403, JSON.stringify(headers))
  }
  for (const host of ['127.0.0.1:6330', 'localhost', '[::1]:6330', 'mde.localhost:6330']) {
    t.equal((await reset({ host })).statusCode, 204, host)
  }
})

t.test('--no-admin removes the plane', async t => {
  const emulator = await emulated(t, { noAdmin: true })
  for (const url of ['/_emulator/info', '/_emulator/openapi.json'])
    t.equal((await emulator.inject({ url })).statusCode, 404)
  t.equal((await emulator.inject({ method: 'POST', url: '/_emulator/reset' })).statusCode, 404)
  t.notMatch((await emulator.inject({ url: '/' })).body, '_emulator')
})

t.test('health', async t => {
  const emulator = await emulated(t)
  t.same((await emulator.inject({ url: '/healthz' })).json(), { status: 'alive' })
  t.same((await emulator.inject({ url: '/readyz' })).json(), { status: 'ready' })
})

t.test('HTTP that is none is answered in JSON', async t => {
  const emulator = await emulated(t)
  const { port } = new URL(await emulator.listen({ port: 0 }))
  const say = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
      socket.on('data', data => (answer += data))
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  t.match(
    await say('nonsense\r\n\r\n'),
    /^HTTP\/1\.1 400 Bad Request[\s\S]*x-emulator-reason: the request is not HTTP\/1\.1[\s\S]*\{"error":\{"code":"BadRequest"/
  )
  const huge = `GET /api/Software?$filter=${'('.repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  t.match(await say(huge), /^HTTP\/1\.1 431 /)
  t.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200, 'and it lives on')
})
