// One emulator for the file; its tests run at the same time and do not meet, as each has a tenant of its own.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { createEmulator } from 'mde-emulator'
import { Defender } from '../client/defender.js'

const edge = 'microsoft-_-edge'
/** A device of Microsoft's documentation, which every tenant has, and the update that it lacks there. */
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'
const kb = '4540673'

describe('the client', { concurrency: true }, () => {
  /** @type {import('mde-emulator').Emulator} */
  let emulator
  /** @type {string} */
  let url
  before(async () => {
    emulator = await createEmulator()
    url = await emulator.listen({ port: 0 })
  })
  after(() => emulator.close())

  /** A tenant with its own devices, faults, clock and snapshots, and a client in it that does not really wait. */
  function alone() {
    const tenant = randomUUID()
    const defender = new Defender({ ...emulator.credentials, tenant, api: url, login: url, wait: async () => {} })
    return { tenant, defender, control: emulator.control }
  }

  it('sees a device that takes an update counted no more, in both views', async () => {
    const { tenant, defender, control } = alone()
    const missedOn = async () =>
      (await defender.missingKbs({ software: edge })).find(({ id }) => id === kb)?.machineMissedOn
    assert.equal(await missedOn(), 240)
    control.machines.installUpdate(device, kb, tenant)
    assert.equal(await missedOn(), 239)
    assert.ok((await defender.missingKbs({ machine: device })).every(({ id }) => id !== kb))
  })

  it('bears a limit, a reset connection and a sign-in service that is down', async () => {
    const { tenant, defender, control } = alone()
    const once = { times: 1 }
    await control.faults.add({ match: { path: '/*/oauth2/**' }, when: once, answer: { status: 503 } }, tenant)
    await control.faults.add({ match: { path: '/api/**' }, when: once, answer: { effect: 'reset' } }, tenant)
    await control.faults.add({ match: { path: '/api/**' }, when: once, answer: { status: 429 } }, tenant)
    assert.equal((await defender.missingKbs({ software: edge })).length, 12)
    assert.deepEqual(
      control.faults.list(tenant).map(({ struck }) => struck),
      [1, 1, 1]
    )
  })

  it('does not ask again what is refused for good', async () => {
    const { tenant, defender, control } = alone()
    await assert.rejects(defender.missingKbs({ software: 'acme-_-anvil' }), {
      status: 404,
      code: 'ResourceNotFound'
    })
    assert.equal(control.requests.count({ tenant, path: '/api/**' }), 1)
  })

  it('fetches another token when the clock has passed the end of the one it has', async () => {
    const { tenant, defender, control } = alone()
    await defender.missingKbs({ software: edge })
    const { published } = control.clock.advance({ by: 'P14D' }, tenant)
    assert.ok(published.length > 0, 'the updates of a Patch Tuesday')
    await defender.missingKbs({ software: edge })
    assert.equal(control.requests.count({ tenant, status: 401 }), 1)
    assert.equal(control.requests.count({ tenant, path: '/*/oauth2/v2.0/token' }), 2)
  })

  it('finds the state of before after a snapshot was restored', async () => {
    const { tenant, defender, control } = alone()
    const before = await defender.missingKbs({ software: edge })
    // Names of snapshots are the emulator's, not the tenant's: the id is one that nobody else takes.
    control.snapshots.take(tenant, tenant)
    control.machines.rollOut(kb, 'install', { share: 0.5 }, tenant)
    assert.notDeepEqual(await defender.missingKbs({ software: edge }), before)
    control.snapshots.restore(tenant, tenant)
    assert.deepEqual(await defender.missingKbs({ software: edge }), before)
  })
})
