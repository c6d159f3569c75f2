import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Emulator, RequestEntry } from '../../src/index.js'
import { documentedDevice, emulated, everything, form, get, resource, secret, tenant } from '../emulator.js'

const host = 'localhost:6330'
const kbs = '/api/Software/microsoft-_-edge/getmissingkbs'
const urlencoded = 'application/x-www-form-urlencoded'

const newest = (emulator: Emulator): RequestEntry => emulator.control.requests.list({ limit: 1 })[0]!

async function signIn(emulator: Emulator, fields: Record<string, string> = {}, headers = {}) {
  const payload = form({
    grant_type: 'client_credentials',
    client_id: everything,
    client_secret: secret,
    scope: `${resource}/.default`,
    ...fields
  })
  const url = `/${tenant}/oauth2/v2.0/token`
  return emulator.inject({ method: 'POST', url, headers: { host, 'content-type': urlencoded, ...headers }, payload })
}

/** Until the journal has as many requests: over a socket the answer may be here before it is noted. */
async function noted(emulator: Emulator, count: number): Promise<RequestEntry[]> {
  for (let turn = 0; turn < 200 && emulator.control.requests.count() < count; turn++) await pause(10)
  return emulator.control.requests.list({ order: 'oldest' })
}

t.test('a sign-in and a call', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true })
  const { access_token } = (await signIn(emulator)).json()
  t.match(newest(emulator), {
    type: 'request',
    id: 1,
    time: '2026-06-30T12:00:00.000Z',
    method: 'POST',
    path: `/${tenant}/oauth2/v2.0/token`,
    query: {},
    operation: 'token',
    tenant,
    application: everything,
    kind: 'application',
    tokenExpires: /^2026-06-30T13:0\d/,
    grantType: 'client_credentials',
    status: 200,
    unhandled: false,
    hungUp: false
  })
  const headers = { host, authorization: `Bearer ${access_token}`, 'user-agent': 'me/1', 'client-request-id': 'abc' }
  await emulator.inject({ url: `${kbs}?$top=2&$filter=id%20ne%20'1'`, headers })
  t.match(newest(emulator), {
    id: 2,
    method: 'GET',
    path: kbs,
    query: { $top: '2', $filter: "id ne '1'" },
    host,
    operation: 'get-missing-kbs-software',
    tenant,
    application: everything,
    kind: 'application',
    roles: [/./],
    status: 200,
    reason: null,
    fault: null,
    userAgent: 'me/1',
    correlationId: 'abc',
    nearest: null
  })
  t.ok(newest(emulator).duration > 0 && newest(emulator).roles.includes('Software.Read.All'))

  await emulator.inject({ url: kbs, headers: { host } })
  t.match(newest(emulator), { status: 401, tenant: null, application: null, reason: /Authorization header is missing/ })
  const { access_token: expired } = await emulator.control.mint({ expiresIn: -60 })
  await emulator.inject({ url: kbs, headers: { host, authorization: `Bearer ${expired}` } })
  t.match(newest(emulator), { status: 401, application: everything, reason: /expired/ }, 'what a refused token says')
  await signIn(emulator, { client_secret: 'no' })
  t.match(newest(emulator), { status: 401, operation: 'token', application: everything, tokenExpires: null })
})

t.test('users, and faults', async t => {
  const emulator = await emulated(t)
  const fields = { grant_type: 'password', username: 'alex@contoso.com', password: 'P@ssw0rd!' }
  const answer = await signIn(emulator, { ...fields, scope: `${resource}/Software.Read` })
  t.equal(answer.statusCode, 200)
  t.match(newest(emulator), { subject: 'alex@contoso.com', kind: 'delegated', scopes: ['Software.Read'] })
  await emulator.control.faults.add({ id: 'down', when: { times: 2 }, answer: { status: 503 } })
  await get(emulator, kbs)
  t.match(newest(emulator), { status: 503, fault: 'down', unhandled: false, operation: 'get-missing-kbs-software' })
  await signIn(emulator)
  t.match(newest(emulator), { status: 503, fault: 'down', application: everything, grantType: 'client_credentials' })
})

t.test('nothing that lets anybody in is kept', async t => {
  const emulator = await emulated(t)
  const password = 'P@ssw0rd!'
  const { access_token, refresh_token } = (
    await signIn(emulator, {
      grant_type: 'password',
      username: 'alex@contoso.com',
      password,
      scope: `${resource}/Software.Read offline_access`
    })
  ).json()
  const basic = Buffer.from(`${everything}:${secret}`).toString('base64')
  const bearer = { host, authorization: `Bearer ${access_token}` }
  const psmdatp = form({ resource, client_id: everything, client_secret: secret, grant_type: 'client_credentials' })
  await signIn(emulator)
  await signIn(emulator, { client_secret: 'wrong-secret-1' })
  await signIn(emulator, { client_id: secret })
  await signIn(emulator, {}, { authorization: `Basic ${basic}` })
  await signIn(emulator, { grant_type: 'refresh_token', refresh_token })
  for (const url of [
    `${kbs}?${psmdatp}`,
    `${kbs}?$top=1&access_token=${access_token}`,
    `${kbs}?%63lient_secret=${encodeURIComponent(secret)}`,
    `${kbs}?$filter=id%20eq%20'${access_token}'`,
    `/api/Software/${access_token}/getmissingkbs`,
    `http://user:wrong-secret-1@localhost:6330${kbs}`,
    `/${tenant}/oauth2/v2.0/authorize?client_id=${everything}&response_type=code&redirect_uri=x&state=wrong-secret-1`,
    `/nothing/here?code=wrong-secret-1#${access_token}`
  ]) {
    await emulator.inject({ url, headers: bearer })
  }
  await emulator.inject({
    url: kbs,
    headers: { ...bearer, 'user-agent': access_token, 'client-request-id': access_token }
  })
  await emulator.inject({ url: kbs, headers: { host, authorization: `Basic ${basic}` } })
  const entries = emulator.control.requests.list()
  t.equal(entries.length, 16)
  const all = JSON.stringify(entries)
  const signature = access_token.split('.')[2]
  for (const credential of [
    secret,
    encodeURIComponent(secret),
    password,
    'wrong-secret-1',
    basic,
    refresh_token,
    signature
  ]) {
    t.notOk(all.includes(credential), `${credential.slice(0, 12)}...`)
  }
  t.equal(all.includes(everything), true, 'who it was is kept')
})

t.test('a ring of the newest', async t => {
  const emulator = await emulated(t, { journal: 3, machines: 1 })
  const { requests } = emulator.control
  const other = randomUUID()
  for (const url of ['/api/Software', '/api/machines', '/api/Software', '/api/machines', '/api/Software']) {
    await get(emulator, url)
  }
  const { access_token } = await emulator.control.mint({ tenant: other })
  await emulator.inject({ url: '/api/machines', headers: { host, authorization: `Bearer ${access_token}` } })
  t.same(
    requests.list().map(({ id }) => id),
    [6, 5, 4]
  )
  t.same(
    requests.list({ order: 'oldest', limit: 2 }).map(({ id }) => id),
    [4, 5]
  )
  t.same([requests.dropped(), requests.dropped(tenant), requests.dropped(other)], [3, 3, 0])
  requests.clear(other)
  t.same([requests.count(), requests.count({ tenant })], [2, 2])
  requests.clear()
  t.same([requests.count(), requests.dropped()], [0, 0])
  await get(emulator, '/api/Software')
  t.equal(newest(emulator).id, 7, 'ids do not begin again')
})

t.test('a reset forgets it unless told not to, of one tenant or of all', async t => {
  const emulator = await emulated(t, { machines: 1 })
  const { control } = emulator
  const other = randomUUID()
  const both = async () => {
    await get(emulator, '/api/Software')
    const { access_token } = await control.mint({ tenant: other })
    await emulator.inject({ url: '/api/machines', headers: { host, authorization: `Bearer ${access_token}` } })
  }
  await both()
  control.reset(undefined, { keep: ['journal'] })
  t.equal(control.requests.count(), 2)
  control.reset(other)
  t.same(
    control.requests.list().map(entry => entry.tenant),
    [tenant]
  )
  const reset = (query: string) =>
    emulator.inject({ method: 'POST', url: `/_emulator/reset${query}`, headers: { host: 'localhost' } })
  t.equal((await reset('?keep=journal,clock')).statusCode, 204)
  t.equal(control.requests.count(), 1)
  t.equal((await reset('')).statusCode, 204)
  t.equal(control.requests.count(), 0)
})

t.test('off: nobody knows, and it says so', async t => {
  const emulator = await emulated(t, { journal: 0, machines: 1 })
  await get(emulator, '/api/Software')
  const { requests } = emulator.control
  for (const call of [
    () => requests.list(),
    () => requests.count(),
    () => requests.verify([{ request: {} }]),
    () => requests.stream(),
    () => requests.onUnhandled(() => undefined)
  ]) {
    t.throws(call, { name: 'Contradiction', message: /--journal 0/ })
  }
  const response = await emulator.inject({ url: '/_emulator/requests', headers: { host: 'localhost' } })
  t.equal(response.statusCode, 409)
  await t.rejects(emulated(t, { journal: -1 }), /journal/)
})

t.test('the world of a tenant goes: a note says so', async t => {
  const emulator = await emulated(t, { maxTenants: 1, machines: 310 })
  const other = randomUUID()
  emulator.control.installUpdate(documentedDevice, '4540673')
  emulator.control.info(other)
  emulator.control.info()
  t.match(emulator.control.requests.notes(), [
    {
      type: 'note',
      kind: 'world-evicted',
      tenant: other,
      text: 'the world of the tenant went: there were more than 1 (--max-tenants)'
    },
    { tenant, text: /changes and all/ }
  ])
  t.equal(emulator.control.requests.notes(other).length, 1)
  t.equal(emulator.control.requests.count(), 0, 'a note is no request')
})

t.test('what is ours is not noted, except under a name of the real service', async t => {
  const emulator = await emulated(t, { machines: 1 })
  for (const url of ['/', '/healthz', '/readyz', '/docs', '/openapi.json', '/_emulator/info', '/_EMULATOR/nothing']) {
    await emulator.inject({ url, headers: { host: 'localhost' } })
  }
  t.equal(emulator.control.requests.count(), 0)
  await emulator.inject({ url: '/healthz', headers: { host: 'api.securitycenter.microsoft.com' } })
  t.match(newest(emulator), { path: '/healthz', status: 404, unhandled: true, operation: null })
})

t.test('over a socket: bytes, clients that hang up, and requests that no route sees', async t => {
  const emulator = await emulated(t)
  const url = await emulator.listen({ port: 0 })
  const headers = await emulator.headers()
  const whole = await (
    await fetch(`${url}/api/machines`, { headers: { ...headers, 'accept-encoding': 'identity' } })
  ).text()
  const [first] = await noted(emulator, 1)
  t.ok(first!.bytes! > whole.length, `${first!.bytes} bytes with the head`)

  await emulator.control.faults.add({ match: { path: '/api/Software' }, answer: { delay: 60_000 } })
  const asked = ask(`${url}/api/Software`, { headers })
  asked.on('error', () => undefined).end()
  await pause(100)
  asked.destroy()
  t.match((await noted(emulator, 2))[1], { path: '/api/Software', status: null, operation: 'get-software' })

  const malformed = await raw(t, url, 'GET /api/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  t.match(malformed, /^HTTP\/1.1 400 /)
  t.match((await noted(emulator, 3))[2], { path: '/api/%zz', status: 400 })
  await emulator.control.faults.add({ match: { path: '/api/machines' }, answer: { effect: 'reset' } })
  await t.rejects(fetch(`${url}/api/machines`, { headers }))
  t.match((await noted(emulator, 4))[3], { path: '/api/machines', status: null, fault: /^fault-/, hungUp: false })
})

async function raw(t: Test, url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => void socket.destroy())
  let answer = ''
  socket.setEncoding('utf8').on('data', piece => {
    answer += piece
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}
