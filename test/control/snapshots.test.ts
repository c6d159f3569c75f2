import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Emulator, InjectedResponse } from '../../src/index.js'
import { documentedDevice, emulated, get, rows, tenant } from '../emulator.js'

const host = 'localhost:6330'
const time = '2026-11-23T12:00:00Z'

async function pull(emulator: Emulator, method: string, url: string, payload?: object): Promise<InjectedResponse> {
  return emulator.inject({ method, url: `/_emulator${url}`, headers: { host }, ...(payload && { payload }) })
}

/** What a client sees of the devices. */
async function seen(emulator: Emulator): Promise<string> {
  const [machines, software, kbs] = await Promise.all([
    get(emulator, '/api/machines'),
    get(emulator, '/api/Software'),
    get(emulator, `/api/machines/${documentedDevice}/getmissingkbs`)
  ])
  return machines.body + software.body + kbs.body
}

t.test('a state is kept, left and come back to', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  await pull(emulator, 'PUT', `/machines/${documentedDevice}/updates/4540673`)
  await pull(emulator, 'POST', '/clock/advance', { by: 'P20D' })
  await pull(emulator, 'PATCH', `/machines/${documentedDevice}`, { tags: ['Kept', 'ünï'] })
  const before = await seen(emulator)
  const taken = await pull(emulator, 'POST', '/snapshots/first')
  t.same(taken.json(), { name: 'first', tenants: [tenant] })
  await pull(emulator, 'DELETE', `/machines/${documentedDevice}`)
  await pull(emulator, 'POST', '/clock/advance', { by: 'P20D' })
  t.not(await seen(emulator), before)
  t.equal((await pull(emulator, 'POST', '/snapshots/first/restore')).statusCode, 200)
  t.equal(await seen(emulator), before)
  t.same((await emulator.control.invariants()).violations, [])
  t.same((await pull(emulator, 'GET', '/snapshots')).json().value, [{ name: 'first', tenants: [tenant] }])

  const exported = (await pull(emulator, 'GET', '/snapshots/first')).json()
  const other = await emulated(t, { time, frozen: true })
  t.equal((await pull(other, 'PUT', '/snapshots/theirs', exported)).statusCode, 200)
  t.equal((await pull(other, 'POST', '/snapshots/theirs/restore')).statusCode, 200)
  t.equal(await seen(other), before, 'in another emulator too')

  const foreign = await emulated(t, { time, frozen: true, seed: 2 })
  const refused = await pull(foreign, 'PUT', '/snapshots/theirs', exported)
  t.equal(refused.statusCode, 409)
  t.match(refused.json().error.message, /seed 1, this one has seed 2/)
  t.equal((await pull(emulator, 'DELETE', '/snapshots/first')).statusCode, 204)
  t.equal((await pull(emulator, 'POST', '/snapshots/first/restore')).statusCode, 404)
})

t.test('one tenant, and all of them', async t => {
  const emulator = await emulated(t, { machines: 300 })
  const [one, two] = [randomUUID(), randomUUID()]
  const { control } = emulator
  const missing = (id: string) => control.clock.read(id).advanced
  control.clock.advance({ by: 'P1D' }, one)
  control.snapshots.take('one', one)
  control.clock.advance({ by: 'P1D' }, one)
  control.clock.advance({ by: 'P5D' }, two)
  control.snapshots.restore('one', one)
  t.same([missing(one), missing(two)], [86_400_000, 5 * 86_400_000], 'the other one stays')
  t.throws(() => control.snapshots.restore('one', two), { name: 'NotFound' })
  control.snapshots.restore('one')
  t.same([missing(one), missing(two)], [86_400_000, 0], 'of all: who is not in it is as seeded')
})

t.test('what does not fit is refused, and nothing is changed', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  emulator.control.installUpdate(documentedDevice, '4540673')
  emulator.control.snapshots.take('good')
  const good = emulator.control.snapshots.export('good')
  const before = await seen(emulator)
  const bad = structuredClone(good)
  bad.tenants[tenant]!.world.machines[documentedDevice] = { installed: ['1'] }
  await emulator.control.snapshots.import('bad', bad)
  const response = await pull(emulator, 'POST', '/snapshots/bad/restore')
  t.equal(response.statusCode, 404)
  t.equal(response.json().error.message, 'KB 1 was not found')
  t.equal(await seen(emulator), before)
  for (const body of [{}, { ...good, tenants: { x: {} } }, { ...good, more: 1 }]) {
    t.equal((await pull(emulator, 'PUT', '/snapshots/worse', body)).statusCode, 400)
  }
  for (const [kept, problem] of [
    [{ faults: [{ answer: {} }] }, 'its fault rules, at /0/answer'],
    [{ faults: [{ answer: { status: 503, effect: 'reset' } }] }, 'exclude each other'],
    [{ throttle: 'often' }, 'its limits: must be such as documented, 100/1m']
  ] as const) {
    const worse = { ...good, tenants: { [tenant]: { ...good.tenants[tenant], kept } } }
    const refused = await pull(emulator, 'PUT', '/snapshots/worse', worse)
    t.equal(refused.statusCode, 400)
    t.match(refused.json().error.message, problem)
  }
  t.equal((await pull(emulator, 'POST', '/snapshots/..%2Fetc')).statusCode, 400)
})

t.test('devices over HTTP', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  const id = 'f'.repeat(40)
  const machine = { id, computerDnsName: 'new.contoso.com', os: 'Windows11', build: 26100, tags: ['New'] }
  t.same((await pull(emulator, 'POST', '/machines', machine)).json(), { id })
  t.match((await get(emulator, '/api/machines/new.contoso.com')).json(), {
    id,
    firstSeen: '2026-11-23T12:00:00',
    healthStatus: 'Active',
    machineTags: ['New']
  })
  t.equal((await pull(emulator, 'POST', '/machines', machine)).statusCode, 409)
  t.match((await pull(emulator, 'POST', '/machines', { ...machine, id: 'x' })).json().error.message, /body, at \/id/)
  t.match(
    (await pull(emulator, 'POST', '/machines', { ...machine, id: 'e'.repeat(40) })).json().error.message,
    /is the name of/
  )
  t.equal((await pull(emulator, 'PUT', `/machines/${id}/software/google-_-chrome`, { version: '1.0' })).statusCode, 204)
  t.ok((await rows(emulator, `/api/machines/${id}/vulnerabilities`)).length > 0)
  t.equal((await pull(emulator, 'DELETE', `/machines/${id}/software/google-_-chrome`)).statusCode, 204)
  t.equal((await pull(emulator, 'DELETE', `/machines/${id}/software/google-_-chrome`)).statusCode, 409)
  t.equal((await pull(emulator, 'DELETE', `/machines/${id}`)).statusCode, 204)
  t.equal((await get(emulator, `/api/machines/${id}`)).statusCode, 404)
  const rollout = await pull(emulator, 'POST', '/updates/4540673/rollout', { share: 0.25 })
  t.equal(rollout.json().applicable, 240)
  t.equal(
    (await rows(emulator, '/api/Software/microsoft-_-edge/getmissingkbs')).find(({ id }) => id === '4540673')
      .machineMissedOn,
    240 - rollout.json().changed
  )
  t.equal((await pull(emulator, 'POST', '/updates/4540673/rollout', { share: 2 })).statusCode, 400)
  t.same((await emulator.control.invariants()).violations, [])
  await t.rejects(emulator.control.machines.add({ id: 'x' } as never), /the device, at/)
})

t.test('a device that was removed and added again, and groups that are new', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  const { machines, snapshots, invariants } = { ...emulator.control, invariants: () => emulator.control.invariants() }
  machines.remove(documentedDevice)
  await machines.add({ id: documentedDevice, computerDnsName: 'new.x.test', os: 'Windows11', build: 26100 })
  const [first, second] = await rows(emulator, '/api/machines?$top=2&$select=id')
  machines.label(second.id, { group: 'Z1' })
  machines.label(first.id, { group: 'Z2' })
  const ids = async () => {
    const all = await rows(emulator, '/api/machines?$select=id,rbacGroupId,computerDnsName')
    return all.filter(({ rbacGroupId, id }) => rbacGroupId > 1000 || id === documentedDevice)
  }
  const before = await ids()
  t.equal(before.length, 3)
  snapshots.take('again')
  emulator.control.reset()
  t.equal((await ids()).filter(({ rbacGroupId }) => rbacGroupId > 1000).length, 0)
  machines.label(first.id, { group: 'other' })
  t.same(
    (await ids()).filter(({ id }) => id === first.id).map(({ rbacGroupId }) => rbacGroupId),
    [Math.min(...before.filter(({ rbacGroupId }) => rbacGroupId > 1000).map(({ rbacGroupId }) => rbacGroupId))],
    'a reset forgets the groups that were new'
  )
  snapshots.restore('again')
  t.same(await ids(), before)
  t.same((await invariants()).violations, [])
})

t.test('states that no world can have are refused, and the tenant stays as it is', async t => {
  const emulator = await emulated(t, { time, frozen: true })
  emulator.control.installUpdate(documentedDevice, '4540673')
  emulator.control.snapshots.take('good')
  const good = emulator.control.snapshots.export('good')
  const before = await seen(emulator)
  // biome-ignore lint/suspicious/noExplicitAny: states that are none
  const cases: ((state: any) => void)[] = [
    state => (state.clock.offset = 1e300),
    state => (state.clock.stopped = 1e300),
    state => (state.world.advanced = 1e300),
    state => (state.world.added = [added({ number: 1e15 })]),
    state => (state.world.added = [added({ at: '2026-99-30T00:00:00Z' })]),
    state => (state.world.added = [added({ day: '2031-01-01' })]),
    state => (state.world.machines = { [documentedDevice]: { installed: ['5058383'] } }),
    state => (state.world.machines = { [documentedDevice]: { installed: ['4540673'], uninstalled: ['4540673'] } }),
    state => (state.world.machines = { [documentedDevice]: { software: [edge, edge] } })
  ]
  for (const [index, spoil] of cases.entries()) {
    const bad = structuredClone(good)
    spoil(bad.tenants[tenant])
    const put = await pull(emulator, 'PUT', '/snapshots/bad', bad)
    const status = put.statusCode === 200 ? (await pull(emulator, 'POST', '/snapshots/bad/restore')).statusCode : 400
    t.ok([400, 404, 409].includes(status), `${index}: ${put.statusCode}, ${status}`)
    t.equal(await seen(emulator), before)
  }
  const few = await emulated(t, { maxTenants: 1, machines: 3 })
  const two = few.control.snapshots.take('one', tenant)
  t.equal(two.tenants.length, 1)
  const many = few.control.snapshots.export('one')
  many.tenants['12345678-1234-1234-1234-123456789abc'] = many.tenants[tenant]!
  await few.control.snapshots.import('two', many)
  t.throws(() => few.control.snapshots.restore('two'), /2 tenants, of which 1 can be kept/)
})

const edge = { id: 'microsoft-_-edge', version: null }
const added = (more: object) => ({
  number: 500,
  day: '2026-06-30',
  at: '2026-06-30T00:00:00Z',
  machine: { id: 'f'.repeat(40), computerDnsName: 'x.test', os: 'Windows11', build: 26100, missing: [] },
  ...more
})
