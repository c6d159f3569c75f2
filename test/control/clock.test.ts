import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Emulator, InjectedResponse } from '../../src/index.js'
import { documentedDevice, emulated, everything, form, resource, secret, tenant } from '../emulator.js'

const time = '2026-11-23T12:00:00Z'
const host = 'localhost:6330'

async function pull(emulator: Emulator, method: string, url: string, payload?: object): Promise<InjectedResponse> {
  return emulator.inject({ method, url: `/_emulator${url}`, headers: { host }, ...(payload && { payload }) })
}

async function signIn(emulator: Emulator, of = tenant): Promise<string> {
  const response = await emulator.inject({
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
  return response.json().access_token
}

async function ask(emulator: Emulator, token: string, url: string): Promise<InjectedResponse> {
  return emulator.inject({ url, headers: { host, authorization: `Bearer ${token}` } })
}

t.test('a token ends when its tenant comes to its end, and nobody else does', async t => {
  const emulator = await emulated(t, { time })
  const other = randomUUID()
  const [mine, theirs] = [await signIn(emulator), await signIn(emulator, other)]
  const kbs = '/api/Software/microsoft-_-edge/getmissingkbs'
  t.equal((await ask(emulator, mine, kbs)).statusCode, 200)
  t.equal((await pull(emulator, 'POST', '/clock/advance', { by: 'PT2H' })).statusCode, 200)
  const late = await ask(emulator, mine, kbs)
  t.equal(late.statusCode, 401)
  t.match(late.headers['x-emulator-reason'], /expired since 2026-11-23T1[23]:.*fetch a new token/)
  t.equal((await ask(emulator, theirs, kbs)).statusCode, 200, 'the clock of another tenant stands where it stood')
  const fresh = await signIn(emulator)
  t.equal((await ask(emulator, fresh, kbs)).statusCode, 200)
  t.equal((await ask(emulator, fresh, '/api/machines?$top=1')).json().value[0].lastSeen > '2026-11-22T14', true)
  emulator.control.reset()
  t.equal((await ask(emulator, fresh, kbs)).statusCode, 401, 'not valid yet: a reset brings the clock back')
  t.equal((await ask(emulator, mine, kbs)).statusCode, 200)
})

t.test('a virtual Patch Tuesday over HTTP', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  const before = (await pull(emulator, 'GET', '/clock')).json()
  t.same(before, {
    now: '2026-11-23T12:00:00.000Z',
    worldTime: '2026-06-30T00:00:00.000Z',
    offset: 0,
    frozen: true,
    advanced: 0
  })
  const advanced = (await pull(emulator, 'POST', '/clock/advance', { by: 'P14D' })).json()
  t.match(advanced, { now: '2026-12-07T12:00:00.000Z', worldTime: '2026-07-14T00:00:00.000Z', frozen: true })
  t.ok(advanced.published.length > 10)
  t.match(advanced.published[0], { id: '9000001', released: '2026-07-14', generated: true })
  const token = await signIn(emulator)
  const rows = (await ask(emulator, token, '/api/Software/microsoft-_-windows_11/getmissingkbs')).json().value
  const kb = rows.find(({ id }: { id: string }) => Number(id) >= 9_000_001)
  t.match(kb, { name: 'July 2026 Security Updates (generated)', machineMissedOn: Number, cveAddressed: Number })
  const cves = (await ask(emulator, token, "/api/vulnerabilities?$filter=startswith(id,'CVE-2026-991')&$top=3")).json()
    .value
  t.equal(cves.length, 3)
  t.match(cves[0], { publishedOn: '2026-07-14T00:00:00Z', description: /generated: no such CVE exists/ })
  t.same((await pull(emulator, 'GET', '/invariants')).json().violations, [])

  const days = (await pull(emulator, 'GET', '/clock/days')).json().value
  t.equal(days.length, 15)
  t.match(days[0], { day: '2026-06-30', machines: 500 })
  t.match(days[14], { day: '2026-07-14', published: ['9000001'] })
  t.ok(days[14].machinesMissingUpdates > days[13].machinesMissingUpdates)
  await pull(emulator, 'POST', '/clock/advance', { by: 'P40D' })
  const later = (await pull(emulator, 'GET', '/clock/days')).json().value
  t.ok(later[30].machinesMissingUpdates < later[14].machinesMissingUpdates, 'devices follow by ring')

  const since = new Date(Date.parse('2026-12-07T00:00:00Z')).toISOString()
  await pull(emulator, 'POST', '/reset')
  await pull(emulator, 'POST', '/clock/advance', { by: 'P15D' })
  const changes = await ask(
    emulator,
    await signIn(emulator),
    `/api/machines/SoftwareVulnerabilityChangesByMachine?sinceTime=${since}&pageSize=50000`
  )
  t.equal(changes.statusCode, 200)
  const news = changes.json().value.filter(({ status }: { status: string }) => status === 'New')
  t.ok(news.length > 1000, `${news.length} vulnerabilities are new`)
  t.ok(
    news.every((row: { eventTimestamp: string }) => row.eventTimestamp.startsWith('2026-12-07T12')),
    'when the day began'
  )
})

t.test('what is refused changes nothing', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  const before = (await pull(emulator, 'GET', '/clock')).json()
  const cases: [string, string, object, number, RegExp][] = [
    ['POST', '/clock/advance', { by: '-P1D' }, 400, /body, at \/by: must be such as P7D, PT1H, P1M, found "-P1D"/],
    ['POST', '/clock/advance', { by: 'a week' }, 400, /body, at \/by/],
    ['POST', '/clock/advance', {}, 400, /body/],
    ['POST', '/clock/advance', { by: 'P1D', to: '2027-01-01' }, 400, /body/],
    ['POST', '/clock/advance', { to: '2020-01-01' }, 409, /goes forward only/],
    ['POST', '/clock/advance', { to: '2027-02-31T00:00:00Z' }, 200, /./],
    ['PUT', '/clock', { time: '2020-01-01' }, 409, /goes forward only/],
    ['PUT', '/clock', { frozen: false }, 409, /stopped by --frozen/],
    ['PUT', '/clock', { frozen: 'no' }, 400, /\/frozen: must be boolean/],
    ['POST', '/clock/advance', { by: 'P11Y' }, 409, /would pass 2036/]
  ]
  for (const [method, url, body, status, message] of cases) {
    const response = await pull(emulator, method, url, body)
    t.equal(response.statusCode, status, `${method} ${url} ${JSON.stringify(body)}`)
    if (status === 200) {
      emulator.control.reset()
      continue
    }
    t.match(response.json().error.message, message)
    t.same((await pull(emulator, 'GET', '/clock')).json(), before)
  }
  t.throws(() => emulator.control.clock.advance({ by: 'soon' }), /not an ISO 8601 duration/)
  t.throws(() => emulator.control.clock.advance({ to: 'soon' }), /not an ISO 8601 instant/)
})

t.test('a clock is stopped, and goes on from where it stands', async t => {
  const emulator = await emulated(t, { time })
  const { clock } = emulator.control
  clock.set({ time: '2026-12-01T00:00:00Z', frozen: true })
  t.match(clock.read(), { now: '2026-12-01T00:00:00.000Z', frozen: true, worldTime: /2026-07-07/ })
  clock.advance({ by: 'PT1H' })
  t.match(clock.read(), { now: '2026-12-01T01:00:00.000Z', frozen: true })
  clock.set({ frozen: false })
  const { now, frozen } = clock.read()
  t.notOk(frozen)
  t.ok(now >= '2026-12-01T01:00:00' && now < '2026-12-01T01:00:20', now)
  t.match(clock.read(randomUUID()), { offset: 0, frozen: false })
})

// Found by examples/node-test: the clock was looked at twice, and when a millisecond lay between, two weeks ended just
// before midnight of Patch Tuesday, and to stop the clock was refused as going back.
t.test('what is asked for is what passes, however long the call takes', async t => {
  const emulator = await emulated(t)
  const { clock } = emulator.control
  const { now } = Date
  let at = now()
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => at++
  t.equal(clock.advance({ by: 'P14D' }).advanced, 14 * 86_400_000)
  t.equal(clock.set({ frozen: true }).frozen, true)
})

t.test('a refused set moves nothing; months to come are of no other tenant', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T09:00:00Z', frozen: true })
  const { clock, machines } = emulator.control
  t.throws(() => clock.set({ time: '2026-09-01T00:00:00Z', frozen: false }), /--frozen/)
  t.match(clock.read(), { now: '2026-06-30T09:00:00.000Z', advanced: 0 })
  const other = '12345678-1234-1234-1234-123456789abc'
  clock.advance({ by: 'P2M' }, other)
  t.throws(() => machines.installUpdate(documentedDevice, '9000001'), { name: 'NotFound' })
  t.throws(() => machines.rollOut('9000001', 'remove', { share: 1 }), { name: 'NotFound' })
})
