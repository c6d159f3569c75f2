import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Emulator } from '../../src/index.js'
import { documentedDevice, emulated, everything, get, nothing, rows, tenant } from '../emulator.js'

const host = 'localhost'
const device = `/api/machines/${documentedDevice}/getmissingkbs`

async function call(emulator: Emulator, url: string, of = tenant, app = everything) {
  const { access_token } = await emulator.control.mint({ tenant: of, clientId: app })
  return emulator.inject({ url, headers: { host, authorization: `Bearer ${access_token}` } })
}

/** Follows links until there is none, or one comes again. */
async function follow(emulator: Emulator, url: string) {
  const seen: string[] = []
  const ids: string[] = []
  let next: string | undefined = url
  while (next !== undefined && !seen.includes(next)) {
    seen.push(next)
    const body: { value: { id: string }[]; '@odata.nextLink'?: string } = (await get(emulator, next)).json()
    ids.push(...body.value.map(({ id }) => id))
    next = body['@odata.nextLink']?.replace(/^http:\/\/[^/]+/, '')
  }
  return { seen, ids, looped: next !== undefined }
}

t.test('top-drops-nextlink, on unless it is switched off', async t => {
  const [usual, without] = [
    await emulated(t, { machines: 25 }),
    await emulated(t, { machines: 25, quirks: ['no-top-drops-nextlink'] })
  ]
  const url = '/api/machines?$top=10&$select=id'
  t.same((await follow(usual, url)).ids.length, 10)
  const all = await follow(without, url)
  t.same([all.ids.length, new Set(all.ids).size, all.seen.length], [25, 25, 3])
  t.match(all.seen[1], '$top=10&$select=id&$skip=10')
  t.equal((await follow(without, '/api/machines?$top=0')).seen.length, 1)
})

t.test('nextlink-mangled-loop', async t => {
  const url = "/api/machines?$filter=onboardingStatus+eq+'Onboarded'&$select=id"
  const settings = { machines: 50, pageSize: 10 }
  const sound = await follow(await emulated(t, settings), url)
  t.notOk(sound.looped)
  const emulator = await emulated(t, { ...settings, quirks: ['nextlink-mangled-loop'] })
  const { seen, looped } = await follow(emulator, url)
  t.equal(looped, true)
  t.same(seen.slice(1), ['/api/machines?=onboardingStatus+eq+%27Onboarded%27&=id&$skip=10'])
  t.notOk((await follow(emulator, '/api/machines?$select=id')).looped, 'without a filter links are sound')
})

t.test('getmissingkbs-flaky-404: now and then, and the next call finds it', async t => {
  const statuses = async (quirks: string[]) => {
    const emulator = await emulated(t, { machines: 310, quirks })
    const seen: number[] = []
    for (let n = 0; n < 100; n++) seen.push((await call(emulator, device)).statusCode)
    return { emulator, seen }
  }
  const usual = await statuses([])
  t.equal(
    usual.seen.every(status => status === 200),
    true
  )
  const { emulator, seen } = await statuses(['getmissingkbs-flaky-404'])
  const failed = seen.filter(status => status === 404).length
  t.ok(failed >= 3 && failed <= 20, `${failed} of 100`)
  t.notOk(
    seen.some((status, n) => status === 404 && seen[n + 1] === 404),
    'never twice in a row'
  )
  t.same((await statuses(['getmissingkbs-flaky-404'])).seen, seen, 'the same in every run')
  let answer = await call(emulator, device)
  while (answer.statusCode === 200) answer = await call(emulator, device)
  t.match(answer.json(), { error: { code: 'ResourceNotFound', message: `Machine ${documentedDevice} was not found` } })
  t.match(answer.headers['x-emulator-reason'], /quirk getmissingkbs-flaky-404/)
  t.equal((await get(emulator, '/api/machines')).statusCode, 200)
})

t.test('documented-429-code', async t => {
  for (const [quirks, code] of [
    [[], '429'],
    [['documented-429-code'], 'TooManyRequests']
  ] as const) {
    const emulator = await emulated(t, { machines: 1, throttle: '1/1h', quirks: [...quirks] })
    await call(emulator, '/api/machines')
    t.equal((await call(emulator, '/api/machines')).json().error.code, code)
    await emulator.control.faults.add({ answer: { status: 429 } })
    t.equal((await call(emulator, '/api/Software')).json().error.code, code)
  }
})

t.test('legacy-403-text and piped-target', async t => {
  const emulator = await emulated(t, { machines: 1 })
  const refused = async () => (await call(emulator, '/api/machines', tenant, nothing)).json().error
  t.match(await refused(), { message: /^Missing application roles\./, target: /^[0-9a-f-]{36}$/ })
  emulator.control.quirks.switch({ on: ['legacy-403-text', 'piped-target'] })
  t.match(await refused(), {
    code: 'Forbidden',
    message:
      'The application does not have any of the required application permissions (Machine.Read.All, Machine.ReadWrite.All) to access the resource.',
    target: /^\|[0-9a-f]{8}-[0-9a-f]{16}\.$/
  })
})

t.test('hide-superseded and unknown-software-empty, while it runs', async t => {
  const emulator = await emulated(t, { machines: 310 })
  const before = (await rows(emulator, device)).length
  t.equal((await get(emulator, '/api/Software/acme-_-anvil/getmissingkbs')).statusCode, 404)
  emulator.control.quirks.switch({ on: ['hide-superseded', 'unknown-software-empty'] })
  t.ok((await rows(emulator, device)).length < before)
  t.same(await rows(emulator, '/api/Software/acme-_-anvil/getmissingkbs'), [])
  emulator.control.quirks.switch({ off: ['hide-superseded'] })
  t.equal((await rows(emulator, device)).length, before)
})

t.test('per tenant; listed, reset, kept and in snapshots', async t => {
  const emulator = await emulated(t, { machines: 1, quirks: ['piped-target'] })
  const { control } = emulator
  const other = randomUUID()
  const pull = (method: string, url: string, payload?: object) =>
    emulator.inject({ method, url: `/_emulator${url}`, headers: { host }, ...(payload && { payload }) })
  const on = async (of: string) =>
    (await pull('GET', `/quirks?tenant=${of}`))
      .json()
      .value.flatMap((quirk: { name: string; on: boolean }) => (quirk.on ? [quirk.name] : []))
  const usual = ['top-drops-nextlink', 'piped-target']
  t.same([await on(tenant), await on(other)], [usual, usual])
  const switched = await pull('PATCH', `/quirks?tenant=${other}`, { on: ['hide-superseded'], off: ['piped-target'] })
  t.equal(switched.statusCode, 200)
  t.same([await on(tenant), await on(other)], [usual, ['top-drops-nextlink', 'hide-superseded']])
  t.match((await call(emulator, '/api/nothing', other)).json().error.target, /^[0-9a-f-]{36}$/)
  t.match((await call(emulator, '/api/nothing')).json().error.target, /^\|/)
  t.match((await pull('GET', '/info')).json().quirks, usual)
  t.match((await pull('GET', '/quirks')).json().value[1], {
    name: 'nextlink-mangled-loop',
    level: 'observed',
    source: /#8316/,
    survive: /./
  })

  control.snapshots.take('with')
  control.reset(other)
  t.same(await on(other), usual)
  control.snapshots.restore('with')
  t.same(await on(other), ['top-drops-nextlink', 'hide-superseded'])
  control.reset(undefined, { keep: ['quirks'] })
  t.same(await on(other), ['top-drops-nextlink', 'hide-superseded'])
  control.removeTenant(other)
  t.same(await on(other), usual)

  for (const [body, message] of [
    [{}, /at \//],
    [{ on: ['piped'] }, /\/on\/0: must be equal to one of the allowed values/],
    [{ on: ['piped-target'], off: ['piped-target'] }, /on and off at once/]
  ] as const) {
    const refused = await pull('PATCH', '/quirks', body)
    t.equal(refused.statusCode, 400)
    t.match(refused.json().error.message, message)
  }
  t.throws(() => control.quirks.switch({ on: ['piped-targets' as 'piped-target'] }), /did you mean piped-target\?/)
  await t.rejects(emulated(t, { quirks: ['top-drops-nextlink'] }), /known are no-top-drops-nextlink/)
  const exported = control.snapshots.export('with')
  exported.tenants[other]!.kept.quirks = ['nothing']
  await t.rejects(control.snapshots.import('worse', exported), /its quirks: a list of/)
})
