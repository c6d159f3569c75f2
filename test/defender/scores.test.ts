import { readFileSync } from 'node:fs'
import t from 'tap'
import { documentedDevice, emulated, get, rows } from '../emulator.js'

t.test('the exposure score is what the recommendations would take off', async t => {
  const emulator = await emulated(t)
  const score = async () => (await get(emulator, '/api/exposureScore')).json()
  const before = await score()
  t.match(before, {
    '@odata.context': 'http://localhost:6330/api/$metadata#ExposureScore/$entity',
    time: '2026-06-30T00:00:00Z',
    rbacGroupName: null
  })
  const advice = await rows(emulator, '/api/recommendations')
  const sum = advice.reduce((total, { exposureImpact }) => total + exposureImpact, 0)
  t.ok(Math.abs(before.score - sum) < 1e-6, `${before.score} and ${sum}`)
  t.ok(before.score > 0 && before.score < 100)
  const { value: missing } = (await get(emulator, `/api/machines/${documentedDevice}/getmissingkbs`)).json()
  for (const { id } of missing) emulator.control.installUpdate(documentedDevice, id)
  t.ok((await score()).score < before.score, 'patching lowers it')
})

t.test('by machine groups', async t => {
  const emulator = await emulated(t)
  const groups = await rows(emulator, '/api/exposureScore/ByMachineGroups')
  const machines = await rows(emulator, '/api/machines')
  t.same(
    new Set(groups.map(({ rbacGroupId, rbacGroupName }) => `${rbacGroupId} ${rbacGroupName}`)),
    new Set(machines.map(({ rbacGroupId, rbacGroupName }) => `${rbacGroupId} ${rbacGroupName}`))
  )
  const weighted = groups.reduce(
    (total, { rbacGroupId, score }) => total + score * machines.filter(row => row.rbacGroupId === rbacGroupId).length,
    0
  )
  const { score } = (await get(emulator, '/api/exposureScore')).json()
  t.ok(Math.abs(weighted / machines.length - score) < 1e-5, 'weighted by devices they are the score of the tenant')
})

t.test('the configuration score', async t => {
  const emulator = await emulated(t)
  const { score } = (await get(emulator, '/api/configurationScore')).json()
  const advice = await rows(emulator, "/api/recommendations?$filter=remediationType+eq+'ConfigurationChange'")
  const missing = advice.reduce((sum, { configScoreImpact }) => sum + configScoreImpact, 0)
  t.ok(score > 0 && missing > 0)
  const { configurations } = JSON.parse(readFileSync('fixtures/configurations.json', 'utf8'))
  const points = configurations.reduce(
    (sum: number, configuration: { points: number }) => sum + configuration.points,
    0
  )
  t.ok(Math.abs(score + missing - points) < 1e-3, 'what recommendations would add is missing')
  const empty = await emulated(t, { machines: 0 })
  for (const url of ['/api/exposureScore', '/api/configurationScore']) {
    t.equal((await get(empty, url)).json().score, 0, `${url} of no device`)
  }
  t.same(await rows(empty, '/api/exposureScore/ByMachineGroups'), [])
})

t.test('--profile documented shows what the pages show', async t => {
  const emulator = await emulated(t, { profile: 'documented' })
  t.same(Object.keys((await get(emulator, '/api/exposureScore')).json()), ['@odata.context', 'time', 'score'])
  const [group] = await rows(emulator, '/api/exposureScore/ByMachineGroups')
  t.same(Object.keys(group), ['time', 'score', 'rbacGroupName'])
})
