import { request as ask } from 'node:http'
import { request as secured } from 'node:https'
import t from 'tap'
import type { Emulator } from '../../src/index.js'
import { emulated, everything, form, resource, rows, secret, softwareOnly, tenant } from '../emulator.js'

const kbs = '/api/Software/microsoft-_-edge/getmissingkbs'
const host = 'localhost:6330'

async function call(emulator: Emulator, { of = tenant, app = everything, url = kbs, headers = {} } = {}) {
  const { access_token } = await emulator.control.mint({ tenant: of, clientId: app })
  return emulator.inject({ url, headers: { host, authorization: `Bearer ${access_token}`, ...headers } })
}

async function signIn(emulator: Emulator, of = tenant) {
  return emulator.inject({
    method: 'POST',
    url: `/${of}/oauth2/v2.0/token`,
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    payload: form({
      grant_type: 'client_credentials',
      client_id: everything,
      client_secret: secret,
      scope: `${resource}/.default`
    })
  })
}

/** What a client on a socket sees: the status and body, or the error; and how long it took. */
async function overTheWire(url: string, token: string, { method = 'GET', patience = 3_000 } = {}) {
  const from = performance.now()
  const seen = await new Promise<{ status?: number | undefined; body?: string; error?: string }>(resolve => {
    const asked = ask(url, { method, headers: { authorization: `Bearer ${token}` }, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
      response.on('error', (error: NodeJS.ErrnoException) =>
        resolve({ status: response.statusCode, body, error: error.code! })
      )
    })
    asked.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }))
    asked.setTimeout(patience, () => asked.destroy(new Error('no answer')))
    asked.end()
  })
  return { ...seen, took: performance.now() - from }
}

t.test("a status comes with the service's own body, and says whose doing it is", async t => {
  const emulator = await emulated(t)
  await emulator.control.faults.add({ id: 'down', answer: { status: 503, headers: { 'retry-after': '7' } } })
  const response = await call(emulator)
  t.equal(response.statusCode, 503)
  t.match(response.json(), { error: { code: 'ServiceUnavailable', message: String, target: /^[0-9a-f-]{36}$/ } })
  t.match(response.headers, {
    'x-emulator-fault': 'down',
    'x-emulator-reason': /fault rule of the emulator \(down\)/,
    'retry-after': '7'
  })
  t.match(emulator.control.faults.list(), [{ id: 'down', matched: 1, struck: 1 }])
  emulator.control.faults.remove('down')
  t.equal((await call(emulator)).statusCode, 200)
  t.throws(() => emulator.control.faults.remove('down'), { name: 'NotFound' })
  for (const [status, code] of [
    [500, 'InternalServerError'],
    [429, '429'],
    [404, 'ResourceNotFound'],
    [418, 'Teapot']
  ] as const) {
    await emulator.control.faults.add({ id: 'x', answer: { status, ...(status === 418 && { code }) } })
    t.match((await call(emulator)).json(), { error: { code } }, String(status))
  }
})

t.test('rules choose by method, path and application', async t => {
  const emulator = await emulated(t)
  const { faults } = emulator.control
  await faults.add({ match: { path: '/api/machines/**', method: 'get' }, answer: { status: 500 } })
  t.equal((await call(emulator)).statusCode, 200)
  t.equal((await call(emulator, { url: '/API/Machines?$top=1' })).statusCode, 500, 'without regard to case')
  t.equal((await call(emulator, { url: '/api/v1.0/machines' })).statusCode, 500, 'whatever the version')
  faults.clear()
  await faults.add({ match: { application: softwareOnly.toUpperCase() }, answer: { status: 500 } })
  t.equal((await call(emulator)).statusCode, 200)
  t.equal((await call(emulator, { app: softwareOnly })).statusCode, 500)
})

t.test('rules count: skip, every, times, probability', async t => {
  const emulator = await emulated(t)
  const { faults } = emulator.control
  const pattern = async (when: object, calls = 8) => {
    faults.clear()
    await faults.add({ id: 'counted', when, answer: { status: 500 } })
    const seen = []
    for (let n = 0; n < calls; n++) seen.push((await call(emulator)).statusCode === 500 ? 'x' : '.')
    return seen.join('')
  }
  t.equal(await pattern({ times: 2 }), 'xx......')
  t.equal(await pattern({ skip: 3, times: 1 }), '...x....')
  t.equal(await pattern({ every: 3 }), '..x..x..')
  t.equal(await pattern({ skip: 1, every: 2, times: 2 }), '..x.x...')
  const drawn = await pattern({ probability: 0.5 }, 40)
  t.match(drawn, /x.*\./)
  t.equal(await pattern({ probability: 0.5 }, 40), drawn, 'the same calls every time')
  const struck = [...drawn].filter(letter => letter === 'x').length
  t.ok(struck > 10 && struck < 30, `${struck} of 40`)
  t.equal(await pattern({ probability: 0 }), '........')
  const other = await emulated(t, { seed: 2 })
  await other.control.faults.add({ id: 'counted', when: { probability: 0.5 }, answer: { status: 500 } })
  const elsewhere = []
  for (let n = 0; n < 40; n++) elsewhere.push((await call(other)).statusCode === 500 ? 'x' : '.')
  t.not(elsewhere.join(''), drawn, 'another seed, other calls')
})

t.test('on the wire: late, slow, cut, malformed, reset, silent', async t => {
  const emulator = await emulated(t)
  const base = await emulator.listen({ port: 0 })
  const url = `${base}${kbs}`
  const { access_token: token } = await emulator.control.mint()
  const { faults } = emulator.control
  const good = await overTheWire(url, token)
  t.equal(good.status, 200)
  const seen = async (answer: object, patience?: number) => {
    await faults.add({ id: 'one', when: { times: 1 }, answer })
    return overTheWire(url, token, patience === undefined ? {} : { patience })
  }
  const late = await seen({ delay: 300 })
  t.match(late, { status: 200, body: good.body })
  t.ok(late.took >= 295, `${late.took} ms`)
  const ranged = await seen({ delay: { min: 100, max: 120 }, status: 500 })
  t.equal(ranged.status, 500)
  t.ok(ranged.took >= 99)
  const slow = await seen({ bytesPerSecond: good.body!.length * 2 })
  t.match(slow, { status: 200, body: good.body })
  t.ok(slow.took >= 350, `${slow.took} ms for a body at half a second`)
  const cut = await seen({ effect: 'truncate' })
  t.match(cut, { status: 200, error: 'ECONNRESET' })
  t.ok(good.body!.startsWith(cut.body!) && cut.body!.length < good.body!.length && cut.body!.length > 0)
  const malformed = await seen({ effect: 'malformed' })
  t.match(malformed, { status: 200, error: undefined })
  t.throws(() => JSON.parse(malformed.body!))
  t.equal((await seen({ effect: 'reset' })).error, 'ECONNRESET')
  t.match(await seen({ effect: 'nothing' }, 300), { error: 'no answer', status: undefined })
  t.match(await seen({ status: 200, body: { value: 'mine' }, headers: { 'x-own': '1' } }), { body: '{"value":"mine"}' })
  t.match(await seen({ body: 'plain' }), { status: 200, body: 'plain' })
  t.match(await overTheWire(url, token), { status: 200, body: good.body }, 'and then all is well')
})

t.test('an answer that is streamed is cut and spoiled too', async t => {
  const emulator = await emulated(t)
  const base = await emulator.listen({ port: 0 })
  const url = `${base}/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=20000`
  const { access_token: token } = await emulator.control.mint()
  const { faults } = emulator.control
  await faults.add({ id: 'one', when: { times: 1 }, answer: { effect: 'truncate' } })
  t.match(await overTheWire(url, token), { status: 200, error: 'ECONNRESET' })
  await faults.add({ id: 'one', when: { times: 1 }, answer: { effect: 'malformed' } })
  const malformed = await overTheWire(url, token, { patience: 20_000 })
  t.equal(malformed.status, 200)
  t.throws(() => JSON.parse(malformed.body!))
})

t.test('who waits does not keep the emulator from closing', async t => {
  const emulator = await emulated(t)
  const base = await emulator.listen({ port: 0 })
  const { access_token: token } = await emulator.control.mint()
  await emulator.control.faults.add({ when: { times: 1 }, answer: { delay: 60_000 } })
  await emulator.control.faults.add({ when: { times: 1 }, answer: { effect: 'nothing' } })
  const waiting = [
    overTheWire(`${base}${kbs}`, token, { patience: 20_000 }),
    overTheWire(`${base}${kbs}`, token, { patience: 20_000 })
  ]
  await new Promise(resolve => setTimeout(resolve, 100))
  const from = performance.now()
  await emulator.close()
  t.ok(performance.now() - from < 2_000)
  for (const { error } of await Promise.all(waiting)) t.equal(error, 'ECONNRESET')
})

t.test('the sign-in service fails in its own words', async t => {
  const emulator = await emulated(t)
  emulator.control.faults.preset('aad-down')
  const down = await signIn(emulator)
  t.equal(down.statusCode, 503)
  t.match(down.json(), {
    error: 'temporarily_unavailable',
    error_codes: [90033],
    error_description: /^AADSTS90033: A transient error has occurred\. Please try again\. Trace ID/
  })
  t.equal((await call(emulator)).statusCode, 200, 'the API goes on')
  emulator.control.faults.clear()
  await emulator.control.faults.add({
    match: { path: '/*/oauth2/**' },
    answer: { status: 400, code: '50196', message: 'A loop.' }
  })
  t.match((await signIn(emulator)).json(), { error_codes: [50196], error_description: /^AADSTS50196: A loop\./ })
  const page = await emulator.inject({
    url: `/${tenant}/oauth2/v2.0/authorize?client_id=${everything}`,
    headers: { host }
  })
  t.equal(page.statusCode, 400)
  t.match(page.body, /AADSTS50196/)
  emulator.control.faults.clear()
  await emulator.control.faults.add({ match: { application: everything }, answer: { status: 500 } })
  t.equal((await signIn(emulator)).statusCode, 500, 'by the application in the form')
})

t.test('presets', async t => {
  const emulator = await emulated(t)
  const { faults } = emulator.control
  t.same(
    faults.presets().map(({ id }) => id),
    ['outage', 'flaky-10', 'throttled', 'expired-mid-run', 'aad-down']
  )
  for (const { about } of faults.presets()) t.ok(about.length > 20)
  t.throws(() => faults.preset('constructor'), { name: 'NotFound', message: /there are outage, flaky-10/ })
  faults.preset('outage')
  t.match(await call(emulator), { statusCode: 503, headers: { 'retry-after': '30' } })
  faults.clear()
  faults.preset('throttled')
  const seen = [await call(emulator), await call(emulator), await call(emulator)]
  t.same(
    seen.map(({ statusCode }) => statusCode),
    [200, 429, 200]
  )
  t.equal(seen[1]!.headers['retry-after'], '1')
  faults.clear()
  faults.preset('flaky-10')
  let failed = 0
  for (let n = 0; n < 200; n++) if ((await call(emulator)).statusCode === 503) failed++
  t.ok(failed >= 8 && failed <= 35, `${failed} of 200`)
})

t.test('tokens expire in the middle of a run, and fresh ones are good', async t => {
  const emulator = await emulated(t)
  emulator.control.faults.preset('expired-mid-run')
  const first = await emulator.headers()
  const statuses = []
  for (let n = 0; n < 7; n++)
    statuses.push((await emulator.inject({ url: kbs, headers: { host, ...first } })).statusCode)
  t.same(statuses, [200, 200, 200, 200, 200, 401, 401])
  const late = await emulator.inject({ url: kbs, headers: { host, ...first } })
  t.match(late.json().error, { code: 'Unauthorized' })
  t.match(late.headers, { 'www-authenticate': 'Bearer', 'x-emulator-reason': /fetch a new one/ })
  const { access_token } = (await signIn(emulator)).json()
  const fresh = { host, authorization: `Bearer ${access_token}` }
  for (let n = 0; n < 3; n++) t.equal((await emulator.inject({ url: kbs, headers: fresh })).statusCode, 200)
  await t.rejects(emulator.control.faults.add({ answer: { effect: 'expired' } }), /say how many pass/)
})

t.test('a call may ask for its own failure, where that is allowed', async t => {
  const headers = { prefer: 'respond-async, code=503; x=1' }
  const strict = await emulated(t)
  t.equal((await call(strict, { headers })).statusCode, 200)
  const emulator = await emulated(t, { allowPrefer: true })
  t.match(await call(emulator, { headers }), { statusCode: 503, headers: { 'x-emulator-fault': 'prefer' } })
  t.equal((await call(emulator, { headers: { prefer: 'code=200' } })).statusCode, 200)
  t.equal((await call(emulator, { headers: { prefer: 'code=5033' } })).statusCode, 200)
  t.equal((await call(emulator)).statusCode, 200)
})

t.test('what is ours never fails', async t => {
  const emulator = await emulated(t)
  await emulator.control.faults.add({ answer: { status: 503 } })
  for (const url of ['/healthz', '/readyz', '/', '/openapi.json', '/_emulator/faults', '/_emulator/info']) {
    t.equal((await emulator.inject({ url, headers: { host } })).statusCode, 200, url)
  }
  t.equal(
    (await emulator.inject({ url: kbs, headers: { host } })).statusCode,
    401,
    'without a token it is of no tenant'
  )
})

t.test('over HTTP: rules are checked, listed, reset and kept in snapshots', async t => {
  const emulator = await emulated(t)
  const pull = (method: string, url: string, payload?: object) =>
    emulator.inject({ method, url: `/_emulator${url}`, headers: { host }, ...(payload && { payload }) })
  const refused: [object, RegExp][] = [
    [{}, /answer/],
    [{ answer: {} }, /answer/],
    [{ answer: { status: 99 } }, /\/answer\/status/],
    [{ answer: { status: 503, effect: 'reset' } }, /exclude each other/],
    [{ answer: { delay: { min: 5, max: 1 } } }, /min is above max/],
    [{ answer: { code: 'X' } }, /want a status/],
    [{ answer: { status: 503 }, when: { probability: 2 } }, /\/when\/probability/],
    [{ answer: { status: 503 }, match: { paht: '/' } }, /unknown field "paht"/],
    [{ answer: { status: 503, headers: { 'x-a': 'b\r\nset-cookie: c' } } }, /\/answer\/headers/],
    [{ answer: { status: 503, headers: { 'transfer-encoding': 'x' } } }, /headers/]
  ]
  for (const [rule, message] of refused) {
    const response = await pull('POST', '/faults', rule)
    t.equal(response.statusCode, 400, JSON.stringify(rule))
    t.match(response.json().error.message, message)
  }
  t.same((await pull('GET', '/faults')).json().value, [])
  const { id } = (await pull('POST', '/faults', { answer: { status: 503 } })).json()
  t.equal((await pull('POST', '/snapshots/broken')).statusCode, 200)
  await pull('POST', '/reset')
  t.same((await pull('GET', '/faults')).json().value, [])
  t.equal((await call(emulator)).statusCode, 200)
  await pull('POST', '/snapshots/broken/restore')
  t.match((await pull('GET', '/faults')).json().value, [{ id, answer: { status: 503 } }])
  t.equal((await call(emulator)).statusCode, 503)
  t.equal((await pull('DELETE', `/faults/${id}`)).statusCode, 204)
  t.equal((await pull('DELETE', `/faults/${id}`)).statusCode, 404)
  t.equal((await pull('POST', '/fault-presets/outage')).json().id, 'outage')
  t.equal((await pull('POST', '/fault-presets/none')).statusCode, 404)
  t.equal((await pull('POST', '/reset?keep=faults,throttle')).statusCode, 204)
  t.same((await pull('GET', '/faults')).json().value.length, 1, 'kept when told to')
  t.equal((await pull('POST', '/reset?keep=nothing')).statusCode, 400)
  t.throws(() => emulator.control.reset(undefined, { keep: ['nothing' as 'faults'] }), /only clock, faults/)
  t.equal((await pull('DELETE', '/faults')).statusCode, 204)
  t.equal((await rows(emulator, kbs)).length > 0, true)
})

t.test('what attackers found', async t => {
  const emulator = await emulated(t)
  const { faults } = emulator.control
  await t.rejects(faults.add({ answer: { headers: { 'x-a': 'b' } } }), /headers want a status or a body/)
  let deep: unknown = 1
  for (let n = 0; n < 200; n++) deep = [deep]
  await t.rejects(faults.add({ answer: { body: deep } }), /nested deeper than 100/)
  const nested = `{"answer":{"body":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
  const refused = await emulator.inject({
    method: 'POST',
    url: '/_emulator/faults',
    headers: { host },
    payload: nested
  })
  t.equal(refused.statusCode, 400)
  t.same(faults.list(), [])

  await faults.add({ id: 'fault-1', answer: { status: 503 }, match: { path: '/api/a' } })
  await faults.add({ answer: { status: 503 }, match: { path: '/api/b' } })
  t.same(
    faults.list().map(({ id }) => id),
    ['fault-1', 'fault-2'],
    'an id that somebody has is not made up'
  )
  faults.clear()

  await faults.add({ id: 'gone', match: { path: '/**' }, when: { skip: 1 }, answer: { effect: 'expired' } })
  for (let n = 0; n < 3; n++) t.equal((await signIn(emulator)).statusCode, 200, 'who has no token cannot lose it')
  faults.clear()

  await faults.add({ match: { path: '/api/**' }, answer: { status: 503 } })
  t.equal((await call(emulator, { url: `http://localhost:6330${kbs}` })).statusCode, 503, 'the absolute form')
  faults.clear()

  const { exportFiles } = (await (await call(emulator, { url: '/api/machines/SoftwareInventoryExport' })).json()) as {
    exportFiles: string[]
  }
  await faults.add({ match: { path: '/tvm-export/**' }, answer: { status: 503 } })
  const file = await emulator.inject({ url: exportFiles[0]!.replace(/^http:\/\/[^/]+/, ''), headers: { host } })
  t.match(file, { statusCode: 503, headers: { 'content-type': /xml/ } })
  t.match(file.body, '<Code>ServerBusy</Code>')
})

t.test('a reset breaks HTTPS connections, too', async t => {
  const emulator = await emulated(t, { https: true, machines: 3 })
  await emulator.listen({ port: 0 })
  await emulator.control.faults.add({ match: { path: '/api/**' }, answer: { effect: 'reset' } })
  const headers = await emulator.headers()
  const error = await new Promise<NodeJS.ErrnoException>((resolve, reject) => {
    const asked = secured(`${emulator.httpsUrl}/api/machines`, { headers, ca: emulator.caPem, agent: false }, reject)
    asked.on('error', resolve).end()
  })
  t.match(error.code, /ECONNRESET|EPIPE/)
})
