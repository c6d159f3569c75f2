import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import type { EmulatorSettings } from '../src/index.js'
import { emulated, get, rows } from './emulator.js'

/**
 * The same seed gives the same bytes: on every version of Node, in every locale and time zone, in any order of calls,
 * and after every upgrade. `.ci/run` runs this file on each Node that is supported. When a digest changes, everybody's
 * assertions may break: that takes a new world version and a line in CHANGELOG.
 */
const golden = {
  facts: 'c130bbc500ad1b53b1f204ecc537da86551b69981e57ac8d64144f691616ad53',
  neighbours: '97730d7c6238bc7218805ec45409ca6bc20849d3f7f569f96018ae424081d59f',
  cosmetics: 'c20e4cdf72b6ef5108745e50e3d4554e789357290a5d2c22bbe5be3662b1e5e8',
  another: 'd30753289d5bb8c2c9119998f92ce902be64f9035345e9f30dd189a0fdb49cd7'
}

const frozen = { time: '2026-06-30T12:00:00Z', frozen: true }

t.test('what users assert on', async t => {
  t.equal(await digest(t, { ...frozen, seed: 1 }), golden.facts)
  t.equal(await digest(t, { ...frozen, seed: 1 }, 'reversed'), golden.facts, 'in another order of calls')
  t.equal(await digest(t, { ...frozen, seed: 2, machines: 320 }), golden.another, 'seed 2 with 320 devices')
})

t.test('what follows from it', async t => {
  const emulator = await emulated(t, { ...frozen, machines: 320 })
  const bodies: string[] = []
  for (const url of [
    '/api/vulnerabilities',
    '/api/vulnerabilities/machinesVulnerabilities',
    '/api/recommendations',
    '/api/exposureScore/ByMachineGroups',
    '/api/configurationScore',
    '/api/machines/SoftwareInventoryByMachine',
    '/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=5000',
    '/api/machines/SoftwareVulnerabilityChangesByMachine?sinceTime=2026-06-16T12:00:00Z&pageSize=5000'
  ]) {
    bodies.push((await get(emulator, url)).body)
  }
  t.equal(sha256(bodies.join('\n')), golden.neighbours)
})

t.test('what faker paints (its version is pinned exactly)', async t => {
  const emulator = await emulated(t, frozen)
  const painted = (await rows(emulator, '/api/machines')).map(({ ipAddresses, vmMetadata }) => [
    ipAddresses,
    vmMetadata
  ])
  t.equal(sha256(JSON.stringify(painted)), golden.cosmetics)
})

t.test('the time zone changes nothing', async t => {
  const before = process.env.TZ
  t.teardown(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })
  process.env.TZ = 'Pacific/Kiritimati'
  t.equal(new Date('2026-01-01T00:00:00Z').getHours(), 14, 'the zone is on')
  t.equal(await digest(t, { ...frozen, seed: 1 }), golden.facts)
})

async function digest(t: Test, settings: EmulatorSettings, order: 'listed' | 'reversed' = 'listed'): Promise<string> {
  const emulator = await emulated(t, settings)
  const software = await rows(emulator, '/api/Software')
  const machines = await rows(emulator, '/api/machines')
  const urls = [
    ...software.map(({ id }) => `/api/Software/${id}/getmissingkbs`),
    ...machines.map(({ id }) => `/api/machines/${id}/getmissingkbs`)
  ]
  const bodies = new Map<string, string>()
  for (const url of order === 'listed' ? urls : [...urls].reverse()) bodies.set(url, (await get(emulator, url)).body)
  // Faker's part is not to be asserted on.
  const plain = machines.map(({ ipAddresses, vmMetadata, ...machine }) => machine)
  return sha256(JSON.stringify([software, plain, urls.map(url => bodies.get(url))]))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
