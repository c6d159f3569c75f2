import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { getContainerRuntimeClient } from 'testcontainers'
import { controlOf, wellKnownApp } from '../client/control.js'
import { Defender } from '../client/defender.js'
import { startEmulator } from './emulator.js'

const edge = 'microsoft-_-edge'
const kb = '4540673'
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'

const engine = await getContainerRuntimeClient().then(
  () => undefined,
  error => `no container engine answers here: ${error.message}`
)

describe('the client and an emulator in a container', { skip: engine ?? false }, () => {
  /** @type {Awaited<ReturnType<typeof startEmulator>>} */
  let emulator
  before(async () => {
    emulator = await startEmulator()
  })
  after(() => emulator?.stop())

  /** A tenant of one's own: files that share the container do not meet. */
  function alone() {
    const { url, adminToken } = emulator
    const tenant = randomUUID()
    return {
      control: controlOf({ url, adminToken, tenant }),
      defender: new Defender({ ...wellKnownApp, tenant, api: url, login: url, wait: async () => {} })
    }
  }

  it('sees a device that takes an update counted no more', async () => {
    const { control, defender } = alone()
    const missedOn = async () =>
      (await defender.missingKbs({ software: edge })).find(({ id }) => id === kb)?.machineMissedOn
    assert.equal(await missedOn(), 240)
    await control('PUT', `/machines/${device}/updates/${kb}`)
    assert.equal(await missedOn(), 239)
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
})
