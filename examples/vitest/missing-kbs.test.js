// The emulator is in another process than this file, and is told what to do over HTTP.
import { randomUUID } from 'node:crypto'
import { test as base, expect, inject } from 'vitest'
import { controlOf, wellKnownApp } from '../client/control.js'
import { Defender } from '../client/defender.js'

const edge = 'microsoft-_-edge'
/** A device of Microsoft's documentation, which every tenant has, and the update that it lacks there. */
const device = '2339ad14a01bd0299afb93dfa2550136057bff96'
const kb = '4540673'
const url = inject('url')

/** Each test has a tenant with its own devices, faults, clock and snapshots, and a client in it that does not really wait. */
const test = base
  .extend('tenant', () => randomUUID())
  .extend('control', ({ tenant }) => controlOf({ url, tenant }))
  .extend(
    'defender',
    ({ tenant }) => new Defender({ ...wellKnownApp, tenant, api: url, login: url, wait: async () => {} })
  )

test.concurrent('a device that takes the update is counted no more, in both views', async ({ control, defender }) => {
  expect(await defender.missingKbs({ software: edge })).toContainEqual(
    expect.objectContaining({ id: kb, machineMissedOn: 240 })
  )
  await control('PUT', `/machines/${device}/updates/${kb}`)
  expect(await defender.missingKbs({ software: edge })).toContainEqual(
    expect.objectContaining({ id: kb, machineMissedOn: 239 })
  )
  expect(await defender.missingKbs({ machine: device })).not.toContainEqual(expect.objectContaining({ id: kb }))
})

test.concurrent('two calls that fail are made again', async ({ control, defender }) => {
  await control('POST', '/faults', { match: { path: '/api/**' }, when: { times: 2 }, answer: { status: 503 } })
  expect(await defender.missingKbs({ software: edge })).toHaveLength(12)
  await control('POST', '/requests/verify', [
    { request: { path: '/api/**', status: 503 }, times: 2 },
    { request: { path: '/api/**', status: 200 }, times: 1 }
  ])
})

test.concurrent('two weeks later: another token, and the updates of a Patch Tuesday', async ({ control, defender }) => {
  await defender.missingKbs({ software: edge })
  const { published } = await control('POST', '/clock/advance', { by: 'P14D' })
  expect(published).not.toEqual([])
  await defender.missingKbs({ software: edge })
  // Refused with a readable difference when it is not so.
  await control('POST', '/requests/verify', [
    { request: { status: 401 }, times: 1 },
    { request: { path: '/*/oauth2/v2.0/token' }, times: 2 }
  ])
})

test.concurrent('a state is kept, and come back to', async ({ tenant, control, defender }) => {
  const before = await defender.missingKbs({ software: edge })
  // Names of snapshots are the emulator's, not the tenant's: the id is one that nobody else takes.
  await control('POST', `/snapshots/${tenant}`)
  await control('POST', `/updates/${kb}/rollout`, { share: 0.5 })
  expect(await defender.missingKbs({ software: edge })).not.toEqual(before)
  await control('POST', `/snapshots/${tenant}/restore`)
  expect(await defender.missingKbs({ software: edge })).toEqual(before)
})
