import { randomUUID } from 'node:crypto'
import { Ajv } from 'ajv'
import t from 'tap'
import { pathOf } from '../src/defender/endpoint.js'
import { endpoints } from '../src/defender/endpoints/index.js'
import type { Emulator } from '../src/index.js'
import { scenarios } from '../src/options.js'
import { documentedDevice, emulated, get, rows } from './emulator.js'

const noon = { time: '2026-11-23T12:00:00Z', frozen: true }
/** What is a world; the answers of `learn` are the pages' own (test/defender/learn.test.ts). */
const worlds = scenarios.filter(name => name !== 'learn')
/** Brute force takes minutes for 100,000 devices. */
const sized = (name: string) => (name === 'huge' ? { machines: 600 } : {})

const ajv = new Ajv({
  strict: false,
  formats: { int32: true, int64: true, float: true, double: true, 'date-time': true, uuid: true }
})

t.test('the numbers of the list are those of the worlds ("npm run scenarios" writes them)', async t => {
  const [any] = [await emulated(t, { machines: 0 })]
  const list = any.control.scenarios()
  t.same(
    list.map(({ name }) => name),
    scenarios
  )
  for (const { name, about, machines, worldTime, measured } of list) {
    t.ok(about.length > 40, name)
    const emulator = await emulated(t, { scenario: name })
    if (name === 'learn') {
      t.same([worldTime, measured, machines], [null, null, 0])
      continue
    }
    const { score } = (await get(emulator, '/api/exposureScore')).json()
    const info = emulator.control.info()
    t.equal(info.worldTime, worldTime, name)
    t.match(measured, { machines: info.machines, exposureScore: score }, name)
    t.equal(info.machines, machines + (name === 'edge-cases' ? 16 : 0), name)
    t.equal(measured!.missingUpdates, await missingUpdates(emulator, info.machines), name)
    await emulator.close()
  }
})

/** As users would count them; of so many devices that it takes long, as the time series does. */
async function missingUpdates(emulator: Emulator, machines: number): Promise<number> {
  if (machines > 1_000) {
    emulator.control.clock.advance({ by: 'P1D' })
    return emulator.control.clock.days()[0]!.missingUpdates
  }
  let missing = 0
  for (const { id } of await rows(emulator, '/api/machines')) {
    missing += (await rows(emulator, `/api/machines/${id}/getmissingkbs`)).length
  }
  return missing
}

for (const scenario of worlds) {
  t.test(`${scenario}: every operation answers, and as its model says`, async t => {
    const emulator = await emulated(t, { ...noon, scenario, ...sized(scenario) })
    const first = async (url: string) => (await rows(emulator, `${url}$top=1`))[0]
    const [machine, software, vulnerability, advice] = [
      await first('/api/machines?'),
      await first('/api/Software?'),
      await first('/api/vulnerabilities?'),
      // Configurations are of no software.
      await first("/api/recommendations?$filter=remediationType eq 'Update'&")
    ]
    const known: Record<string, string | undefined> = {
      machineId: machine?.id,
      Id: software?.id,
      cveId: vulnerability?.id,
      recommendationId: advice?.id,
      ip: machine?.lastIpAddress,
      timestamp: machine?.lastSeen
    }
    let served = 0
    for (const endpoint of endpoints) {
      const named = [...pathOf(endpoint).matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      const path = pathOf(endpoint).replace(/\{(\w+)\}/g, (_, name) =>
        encodeURIComponent(known[name] ?? (name === 'ip' ? '10.0.0.1' : name === 'timestamp' ? noon.time : 'none'))
      )
      const query = /findbytag/.test(path) ? '?tag=Lab' : /Changes/.test(path) ? '?sinceTime=2026-11-20T00:00:00Z' : ''
      const response = await get(emulator, `/api${path}${query}`)
      const absent = named.some(name => known[name] === undefined && !['ip', 'timestamp'].includes(name))
      t.equal(response.statusCode, absent ? 404 : 200, `${endpoint.operationId} ${path}`)
      if (absent) continue
      served++
      const body = response.json()
      const conforms = ajv.compile({ ...endpoint.of, $id: undefined })
      for (const row of endpoint.kind === 'single' ? [body] : body.value) {
        if (!conforms(row)) t.fail(`${endpoint.operationId}: ${JSON.stringify([conforms.errors, row])}`)
      }
    }
    t.ok(served >= (scenario === 'empty' ? 15 : endpoints.length), `${served} of ${endpoints.length}`)
  })

  t.test(`${scenario}: coherent, in other tenants and at other times too, and a reset brings it back`, async t => {
    const emulator = await emulated(t, { ...noon, scenario, ...sized(scenario) })
    const { control } = emulator
    const other = randomUUID()
    const whole = JSON.stringify([await rows(emulator, '/api/Software'), await rows(emulator, '/api/machines')])
    t.same((await control.invariants()).violations, [])
    t.same((await control.invariants(other)).violations, [])

    control.snapshots.take('start')
    control.clock.advance({ by: 'P35D' })
    const [device] = await rows(emulator, '/api/machines?$top=1')
    const [missing] = device === undefined ? [] : await rows(emulator, `/api/machines/${device.id}/getmissingkbs`)
    if (missing !== undefined) control.installUpdate(device.id, missing.id)
    await control.machines.add({ id: 'ab'.repeat(20), computerDnsName: 'one-more', os: 'Windows11', build: 26200 })
    t.same((await control.invariants()).violations, [])
    control.snapshots.take('later')
    const later = control.snapshots.export('later')
    control.reset()
    const again = () => Promise.all([rows(emulator, '/api/Software'), rows(emulator, '/api/machines')])
    t.equal(JSON.stringify(await again()), whole, 'after a reset')
    control.snapshots.restore('later')
    control.snapshots.take('later again')
    t.same(control.snapshots.export('later again'), later, 'a snapshot of what was restored is the same')
    control.snapshots.restore('start')
    t.equal(JSON.stringify(await again()), whole, 'after a restore')
  })

  t.test(`${scenario}: the number of devices and an earlier time can be chosen`, async t => {
    const emulator = await emulated(t, { ...noon, scenario, machines: 7, time: '2024-02-01T12:00:00Z' })
    t.equal(emulator.control.info().machines, scenario === 'edge-cases' ? 23 : 7)
    t.equal(emulator.control.info().worldTime, '2024-02-01')
    t.same((await emulator.control.invariants()).violations, [])
  })
}

t.test('healthy, typical and neglected are that', async t => {
  const any = await emulated(t, { machines: 0 })
  const [typical, healthy, neglected] = any.control.scenarios().map(({ measured }) => measured!)
  t.ok(healthy!.missingUpdates * 100 < typical!.missingUpdates)
  t.ok(neglected!.missingUpdates > 2 * typical!.missingUpdates)
  t.ok(healthy!.exposureScore < 1 && neglected!.exposureScore > 1.4 * typical!.exposureScore)
})

t.test('patch-tuesday: ring after ring takes the updates of June, and July brings more', async t => {
  const emulator = await emulated(t, { ...noon, scenario: 'patch-tuesday' })
  const updates = () => rows(emulator, '/api/Software/microsoft-_-windows_11/getmissingkbs')
  const [hotpatch, june] = await updates()
  t.match([hotpatch.name, june.name], ['June 2026 Security Updates', 'June 2026 Security Updates'])
  t.ok(june.machineMissedOn > 150, `${june.machineMissedOn} lack KB ${june.id}`)
  emulator.control.clock.advance({ by: 'P34D' })
  const days = (await emulator.inject({ url: '/_emulator/clock/days', headers: { host: 'localhost' } })).json().value
  const lacking = new Map<string, number>(
    days.map((day: { day: string; machinesMissingUpdates: number }) => [day.day, day.machinesMissingUpdates])
  )
  const on = (day: string) => lacking.get(`2026-${day}`)!
  t.ok(on('06-10') > 400 && on('06-10') < 500, 'most, but not the pilot ring')
  t.ok(on('06-12') < on('06-11'), 'then the first ring has them')
  t.ok(on('06-16') < on('06-12') / 2, 'then the broad one')
  t.ok(on('07-13') < 50, 'a month later only few lack any')
  t.equal(on('07-14'), on('06-10'), 'and then it begins again')
  t.match((await updates())[0], { name: 'July 2026 Security Updates (generated)' })
})

t.test('one-machine is the documented one, in every tenant', async t => {
  const emulator = await emulated(t, { scenario: 'one-machine' })
  t.match(await rows(emulator, '/api/machines'), [{ id: documentedDevice, osBuild: 18363 }])
  t.match(await rows(emulator, "/api/Software/microsoft-_-edge/getmissingkbs?$filter=id eq '4540673'"), [
    { machineMissedOn: 1, cveAddressed: 14 }
  ])
  t.equal(emulator.control.info(randomUUID()).machines, 1)
})

t.test('empty: no device, no software, no score', async t => {
  const emulator = await emulated(t, { scenario: 'empty' })
  for (const url of ['/api/machines', '/api/Software', '/api/vulnerabilities', '/api/recommendations']) {
    t.same(await rows(emulator, url), [], url)
    t.equal((await get(emulator, `${url}/$count`)).body, '0', url)
  }
  for (const url of ['/api/exposureScore', '/api/configurationScore']) {
    t.equal((await get(emulator, url)).json().score, 0, url)
  }
})

t.test('the control plane lists them, and the fleet of learn has no size', async t => {
  const emulator = await emulated(t, { scenario: 'empty' })
  const answer = await emulator.inject({ url: '/_emulator/scenarios', headers: { host: 'localhost' } })
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { value: emulator.control.scenarios() })
  t.match(
    answer.json().value.find(({ name }: { name: string }) => name === 'huge'),
    { machines: 100_000, worldTime: '2026-06-30', measured: { machines: 100_000 } }
  )
  await t.rejects(emulated(t, { scenario: 'learn', machines: 3 }), { name: 'UsageError', message: /have no fleet/ })
  await t.rejects(emulated(t, { scenario: 'edgecases' }), { message: /did you mean edge-cases\?/ })
})
