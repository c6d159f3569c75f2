import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checkForm } from '../../src/fixture-file.js'
import { firstFlaw } from '../../src/json-schema.js'
import { scenarios } from '../../src/options.js'
import { packageFile } from '../../src/package.js'
import { loadScenario } from '../../src/world/scenarios.js'
import { facts } from './world.js'

const folder = packageFile('fixtures/worlds')
const read = (path: string) => JSON.parse(readFileSync(packageFile(path), 'utf8'))
const schema = read('fixtures/scenario.schema.json')

t.test('every file is a scenario that can be chosen, and the other way round', async t => {
  t.same(readdirSync(folder).sort(), [...scenarios].map(name => `${name}.json`).sort())
  for (const name of scenarios) {
    const file = read(`fixtures/worlds/${name}.json`)
    t.equal(file.name, name)
    t.equal(await firstFlaw(schema, file), undefined, name)
    await t.resolves(checkForm(file.overlay ?? {}, name), name)
  }
  t.match(await firstFlaw(schema, { ...read('fixtures/worlds/empty.json'), mashines: 1 }), {
    problem: 'unknown field "mashines"'
  })
})

t.test('what they say is complete and known to the catalog', async t => {
  const { platform, bundle } = schema.definitions
  for (const name of scenarios) {
    const scenario = loadScenario(name)
    const { platforms, rings, bundles, groups, cohorts, overlay, day = facts.epoch } = scenario
    t.ok(day <= facts.epoch, `${name}: its time is in the catalog`)
    t.equal(new Date(day).toISOString().slice(0, 10), day, `${name}: a day of the calendar`)
    const own = new Set(overlay?.products?.map(({ vendor, name }) => `${vendor}-_-${name}`))
    const wrong: string[] = []
    const expect = (holds: boolean, what: string) => {
      if (!holds) wrong.push(what)
    }
    for (const [rows, { properties }] of [
      [platforms, platform],
      [bundles, bundle]
    ] as const) {
      for (const row of rows) {
        for (const member of Object.keys(properties)) expect(member in row, `${row.name} has no ${member}`)
        for (const text of row.software) {
          const [id] = text.split('@') as [string]
          expect(facts.product(id) !== undefined || own.has(id), `${row.name} has unknown software ${id}`)
        }
      }
    }
    for (const { name, weight, delayDays, until, misconfigured = [] } of rings) {
      expect(weight >= 0 && (delayDays === undefined) !== (until === undefined), `${name} says twice when, or never`)
      for (const id of misconfigured)
        expect(
          facts.configurations.some(known => known.id === id),
          `${name}: ${id}`
        )
    }
    for (const { name, role } of platforms) {
      for (const rows of [bundles, groups]) {
        expect(
          rows.some(({ roles, weight }) => weight > 0 && roles.includes(role)),
          `${name}: nothing for ${role}`
        )
      }
    }
    for (const { platform } of cohorts)
      expect(
        platforms.some(({ name }) => name === platform),
        platform
      )
    t.same(wrong, [], name)
  }
})

t.test('what a scenario does not say is that of the one it extends', async t => {
  const [typical, healthy] = [loadScenario('typical'), loadScenario('healthy')]
  t.same(loadScenario('huge'), { ...typical, name: 'huge', machines: 100_000, about: loadScenario('huge').about })
  t.equal(healthy.machines, typical.machines)
  t.same(
    healthy.rings.map(({ name }) => name),
    typical.rings.map(({ name }) => name)
  )
  t.match(
    healthy.platforms.find(({ name }) => name === 'windows-11-25h2'),
    { weight: 60, osBuild: 26200, software: ['microsoft-_-windows_11', 'microsoft-_-.net_framework'] }
  )
  t.same(
    healthy.bundles.find(({ name }) => name === 'front-desk')?.software,
    ['microsoft-_-edge_chromium-based@149.0.4022.80', 'videolan-_-vlc_media_player@3.0.23', 'oracle-_-jre@8.0.4910.10'],
    'with its own versions'
  )
  t.same(healthy.cohorts, [], 'lists without names are replaced')
})
