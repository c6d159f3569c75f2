import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { FixtureFile } from '../../src/index.js'
import { firstFlaw } from '../../src/json-schema.js'
import { documentedDevice, emulated, get, rows } from '../emulator.js'
import { repository } from './container.js'

const json = (file: string) => JSON.parse(readFileSync(join(repository, file), 'utf8'))
const schema = json('fixtures/overlay.schema.json')
const fleet = 'examples/fixtures/fleet.json'

t.test('the fleet of the example is one, and is all that there is', async t => {
  t.equal(await firstFlaw(schema, json(fleet)), undefined)
  const emulator = await emulated(t, { machines: 0, fixtures: join(repository, fleet) })
  t.equal((await rows(emulator, '/api/machines')).length, 3)
  t.match(await rows(emulator, '/api/Software/acme-_-anvil/getmissingkbs'), [
    { id: '7700002', name: 'May 2026 Security Updates', machineMissedOn: 2, cveAddressed: 2 },
    { id: '7700001', name: 'April 2026 Security Updates', machineMissedOn: 1, cveAddressed: 1 }
  ])
  t.same((await emulator.control.invariants()).violations, [])
})

/** from-machines.js. */
async function made(...files: string[]): Promise<FixtureFile> {
  const script = join(repository, 'examples/fixtures/from-machines.js')
  return JSON.parse((await promisify(execFile)(process.execPath, [script, ...files])).stdout)
}

t.test('a fleet made of the answers of the API answers as the one that it was made of', async t => {
  const original = await emulated(t)
  const lacked = await rows(original, `/api/machines/${documentedDevice}/getmissingkbs`)
  const folder = t.testdir({
    'machines.json': (await get(original, '/api/machines')).body,
    'software.json': (await get(original, '/api/machines/SoftwareInventoryByMachine')).body,
    'missing.csv': ['device,kb', ...lacked.map(({ id }) => `${documentedDevice},KB${id}`)].join('\r\n')
  })
  const fixtures = await made(...['machines.json', 'software.json', 'missing.csv'].map(name => join(folder, name)))
  t.equal(await firstFlaw(schema, fixtures), undefined)
  const copy = await emulated(t, { machines: 0, fixtures })
  const facts = async (of: typeof copy) =>
    (await rows(of, '/api/machines'))
      .map(({ id, computerDnsName, osPlatform, version, osBuild, machineTags, rbacGroupName }) =>
        JSON.stringify({ id, computerDnsName, osPlatform, version, osBuild, machineTags, rbacGroupName })
      )
      .sort()
  t.same(await facts(copy), await facts(original))
  const again = await rows(copy, `/api/machines/${documentedDevice}/getmissingkbs`)
  t.same(
    again.map(({ id }) => id),
    lacked.map(({ id }) => id)
  )
})

t.test('a list that does not fit is refused', async t => {
  const folder = t.testdir({ 'machines.json': JSON.stringify({ value: [] }) })
  const cases: [list: string, message: RegExp][] = [
    ['device,kb\nnobody,KB4540673\n', /has no device "nobody"/],
    ['a,KB4540673\nb,soon\n', /line 2: "b,soon" is not a device and a KB/]
  ]
  for (const [list, message] of cases) {
    const file = join(folder, 'missing.csv')
    writeFileSync(file, list)
    await t.rejects(made(join(folder, 'machines.json'), file), { code: 1, stderr: message })
  }
  await t.rejects(made(), { code: 2, stderr: /^usage: / })
})
