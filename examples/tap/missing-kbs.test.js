// tap runs each file in a process of its own: one emulator per file, and a tenant that nobody else has per test.
import { randomUUID } from 'node:crypto'
import { createEmulator } from 'mde-emulator'
import t from 'tap'
import { Defender } from '../client/defender.js'

const edge = 'microsoft-_-edge'
/** A device of Microsoft's documentation, which every tenant has, and the update that it lacks there. */
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'
const kb = '4540673'

// Small pages, so that the client has to ask for the next one.
const emulator = await createEmulator({ pageSize: 5 })
const { control, credentials } = emulator
const url = await emulator.listen({ port: 0 })
t.teardown(() => emulator.close())

/** A tenant with its own devices, faults, clock and snapshots, and a client in it that does not really wait. */
function alone() {
  const tenant = randomUUID()
  /** @type {number[]} */
  const waited = []
  const wait = async (/** @type {number} */ milliseconds) => waited.push(milliseconds)
  return { tenant, waited, defender: new Defender({ ...credentials, tenant, api: url, login: url, wait }) }
}

t.test('all pages are read', async t => {
  const { tenant, defender } = alone()
  const lacked = await defender.missingKbs({ software: edge })
  t.equal(lacked.length, 12)
  t.match(
    lacked.find(({ id }) => id === kb),
    { name: 'March 2020 Security Updates', machineMissedOn: 240, cveAddressed: 14 }
  )
  t.equal(control.requests.count({ tenant, path: '/api/Software/**' }), 3, 'three pages of five')
})

t.test('a device that takes the update is counted no more, in both views', async t => {
  const { tenant, defender } = alone()
  const missedOn = async () =>
    (await defender.missingKbs({ software: edge })).find(({ id }) => id === kb)?.machineMissedOn
  const lacks = async () => (await defender.missingKbs({ machine: device })).some(({ id }) => id === kb)
  t.same([await missedOn(), await lacks()], [240, true])
  control.machines.installUpdate(device, kb, tenant)
  t.same([await missedOn(), await lacks()], [239, false])
})

t.test('two calls that fail are made again, when the service says', async t => {
  const { tenant, waited, defender } = alone()
  await control.faults.add(
    {
      match: { path: '/api/**/getmissingkbs' },
      when: { times: 2 },
      answer: { status: 503, headers: { 'retry-after': '7' } }
    },
    tenant
  )
  t.equal((await defender.missingKbs({ software: edge })).length, 12)
  t.same(waited, [7_000, 7_000])
  control.requests.verify([
    { request: { tenant, path: '/api/**/getmissingkbs', status: 503 }, times: 2 },
    { request: { tenant, path: '/api/**/getmissingkbs', status: 200 }, times: 3 }
  ])
})

t.test('an outage that does not end is said', async t => {
  const { tenant, waited, defender } = alone()
  control.faults.preset('outage', tenant)
  await t.rejects(defender.missingKbs({ software: edge }), { name: 'DefenderError', status: 503 })
  t.equal(waited.length, 3)
})

t.test('two weeks later: another token, and the updates of a Patch Tuesday', async t => {
  const { tenant, defender } = alone()
  const ids = async () => (await defender.missingKbs({ software: 'microsoft-_-windows_11' })).map(({ id }) => id)
  const before = await ids()
  const { published } = control.clock.advance({ by: 'P14D' }, tenant)
  const added = (await ids()).filter(id => !before.includes(id))
  t.ok(added.length > 0)
  t.ok(added.every(id => published.some(update => update.id === id)))
  control.requests.verify([
    { request: { tenant, path: '/api/**', status: 401 }, times: 1 },
    { request: { tenant, path: '/*/oauth2/v2.0/token' }, times: 2 }
  ])
})

t.test('a state is kept, and come back to', async t => {
  const { tenant, defender } = alone()
  const before = await defender.missingKbs({ software: edge })
  // Names of snapshots are the emulator's, not the tenant's: the id is one that nobody else takes.
  control.snapshots.take(tenant, tenant)
  t.teardown(() => control.snapshots.remove(tenant))
  control.machines.rollOut(kb, 'install', { share: 0.5 }, tenant)
  control.faults.preset('outage', tenant)
  control.snapshots.restore(tenant, tenant)
  t.same(await defender.missingKbs({ software: edge }), before)
})
