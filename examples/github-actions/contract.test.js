// Tests that are told where the emulator is, as a service container is: MDE_URL and MDE_ADMIN_TOKEN.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { controlOf, wellKnownApp } from '../client/control.js'
import { Defender } from '../client/defender.js'

const { MDE_URL: url = 'http://127.0.0.1:6330', MDE_ADMIN_TOKEN: adminToken } = process.env
const edge = 'microsoft-_-edge'
/** A device of Microsoft's documentation, which every tenant has, and the update that it lacks there. */
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'
const kb = '4540673'

/** A tenant with its own devices, faults, clock and snapshots, and a client in it that does not really wait. */
function alone() {
  const tenant = randomUUID()
  return {
    tenant,
    control: controlOf({ url, adminToken, tenant }),
    defender: new Defender({ ...wellKnownApp, tenant, api: url, login: url, wait: async () => {} })
  }
}

describe('the client', { concurrency: true }, () => {
  it('sees a device that takes an update counted no more, in both views', async () => {
    const { control, defender } = alone()
    const missedOn = async () =>
      (await defender.missingKbs({ software: edge })).find(({ id }) => id === kb)?.machineMissedOn
    assert.equal(await missedOn(), 240)
    await control('PUT', `/machines/${device}/updates/${kb}`)
    assert.equal(await missedOn(), 239)
    assert.ok((await defender.missingKbs({ machine: device })).every(({ id }) => id !== kb))
  })

  it('bears two calls that fail, and a token that ends', async () => {
    const { control, defender } = alone()
    await control('POST', '/faults', { match: { path: '/api/**' }, when: { times: 2 }, answer: { status: 503 } })
    const before = await defender.missingKbs({ software: edge })
    await control('POST', '/clock/advance', { by: 'PT2H' })
    assert.deepEqual(await defender.missingKbs({ software: edge }), before)
    await control('POST', '/requests/verify', [
      { request: { path: '/api/**', status: 503 }, times: 2 },
      { request: { path: '/api/**', status: 401 }, times: 1 }
    ])
  })

  it('finds the state of before after a snapshot was restored', async () => {
    const { tenant, control, defender } = alone()
    const before = await defender.missingKbs({ software: edge })
    // Names of snapshots are the emulator's, not the tenant's: the id is one that nobody else takes.
    await control('POST', `/snapshots/${tenant}`)
    await control('POST', `/updates/${kb}/rollout`, { share: 0.5 })
    await control('POST', `/snapshots/${tenant}/restore`)
    assert.deepEqual(await defender.missingKbs({ software: edge }), before)
  })
})
