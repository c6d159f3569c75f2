import t from 'tap'
import { inventory } from '../../src/world/inventory.js'
import { missingKbsOfMachine, missingKbsOfSoftware } from '../../src/world/missing-kbs.js'
import type { World } from '../../src/world/world.js'
import { documentedDevice } from '../emulator.js'
import { day, facts, scenario, worldOf } from './world.js'

const rules = { hideSuperseded: false }
const edge = (world: World) => missingKbsOfSoftware(world, world.software('microsoft-_-edge'), rules)

t.test("Microsoft's documented examples fall out of the facts, whatever the seed, the tenant and the size", async t => {
  for (const settings of [
    {},
    { seed: 2 },
    { seed: 0 },
    { seed: Number.MAX_SAFE_INTEGER },
    { tenant: '11111111-2222-3333-4444-555555555555', domain: 'fabrikam.com' },
    { machines: 300 },
    { machines: 5_000 }
  ]) {
    const world = worldOf(settings)
    const name = JSON.stringify(settings)
    t.same(
      edge(world).find(({ id }) => id === '4540673'),
      {
        id: '4540673',
        name: 'March 2020 Security Updates',
        osBuild: 18363,
        productsNames: ['edge'],
        url: 'https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB4540673',
        machineMissedOn: 240,
        cveAddressed: 14
      },
      `get-missing-kbs-software, ${name}`
    )
    t.same(
      missingKbsOfMachine(world, world.machine(documentedDevice), rules).find(({ id }) => id === '4540673'),
      {
        id: '4540673',
        name: 'March 2020 Security Updates',
        osBuild: 18363,
        productsNames: ['windows_10', 'edge', 'internet_explorer'],
        url: 'https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB4540673',
        machineMissedOn: 1,
        cveAddressed: 97
      },
      `get-missing-kbs-machine, ${name}`
    )
  }
})

t.test('below 300 devices there is no legacy fleet, and with none there is nothing', async t => {
  const small = worldOf({ machines: 299 })
  t.equal(small.size, 299)
  t.throws(() => small.software('microsoft-_-edge'), {
    name: 'NotFound',
    message: 'Software microsoft-_-edge was not found'
  })
  t.throws(() => small.machine(documentedDevice), { name: 'NotFound' })
  const empty = worldOf({ machines: 0 })
  t.equal(empty.size, 0)
  t.same(inventory(empty), [])
})

t.test('Windows patching looks like Windows patching', async t => {
  const cumulative = facts.updates.filter(update => update.cumulative.size > 0)
  const days = new Map<string, number>()
  for (const update of cumulative) days.set(update.released, (days.get(update.released) ?? 0) + 1)
  for (const released of days.keys()) t.ok(isSecondTuesday(released), `${released} is a second Tuesday`)
  t.ok(days.size > 24, `${days.size} of them`)

  const windows = facts.updates.filter(({ fixes }) =>
    [...fixes.keys()].some(({ product }) => product.kind === 'windows')
  )
  const outOfBand = windows.filter(({ released }) => !isSecondTuesday(released))
  t.ok(outOfBand.length > 0, 'out of band now and then')
  t.ok(outOfBand.length < windows.length / 10, `${outOfBand.length} of ${windows.length}`)
  t.ok(outOfBand.includes(facts.update('4551762')!), 'such as the one of 13 March 2020')

  const october = facts.product('microsoft-_-windows_10')!
  const build = facts.target(october, 19045)!
  const months = build.updates
    .filter(update => update.cumulative.has(build))
    .map(({ released }) => released.slice(0, 7))
  t.equal(new Set(months).size, months.length, 'at most one cumulative update of a build in a month')

  const both = facts.update('4540673')!
  t.same(
    [...new Set([...both.fixes.keys()].map(({ product }) => product.name))].sort(),
    ['edge', 'internet_explorer', 'windows_10'],
    'a KB that fixes Windows, Edge and Internet Explorer at once'
  )
})

t.test('devices patch in rings: some early, some late, some never', async t => {
  const world = worldOf({ machines: 5_000 })
  const lacking = new Map<number, number>()
  for (let device = 0; device < world.size; device++) {
    if (world.osBuild(device) === null) continue
    const missing = world.profile(device).patches.missing.length
    lacking.set(missing, (lacking.get(missing) ?? 0) + 1)
  }
  t.ok(lacking.get(0)! > 1_000, 'many are up to date')
  t.ok(
    [...lacking.keys()].some(missing => missing >= 1 && missing <= 3),
    'some lack the last month'
  )
  t.ok(
    [...lacking.keys()].some(missing => missing >= 24),
    'some lack years'
  )
  const newest = missingKbsOfSoftware(world, world.software('microsoft-_-windows_11'), rules)
  t.ok(newest.length > 5)
  for (const [index, row] of newest.entries()) {
    const before = newest[index - 1]
    if (before === undefined) continue
    const [older, newer] = [facts.update(row.id!)!, facts.update(before.id!)!]
    t.ok(older.released < newer.released || Number(older.id) > Number(newer.id), `${before.id} before ${row.id}`)
  }
})

t.test('products that update themselves have no missing KBs', async t => {
  const world = worldOf()
  for (const id of ['microsoft-_-edge_chromium-based', 'google-_-chrome']) {
    t.same(missingKbsOfSoftware(world, world.software(id), rules), [], id)
  }
})

t.test('world time decides which updates exist, never the wall clock', async t => {
  const early = worldOf({ day: '2020-03-09' })
  t.equal(
    edge(early).find(({ id }) => id === '4540673'),
    undefined,
    'not released on 9 March 2020'
  )
  const then = worldOf({ day: '2020-03-10' })
  t.match(
    edge(then).find(({ id }) => id === '4540673'),
    { machineMissedOn: 240 },
    'released on the 10th'
  )
  for (const row of inventory(early)) {
    for (const { id } of missingKbsOfSoftware(early, early.software(row.id), rules)) {
      t.ok(facts.update(id!)!.released <= '2020-03-09', `KB ${id}`)
    }
  }
  t.equal(day, '2026-06-30')
})

t.test('a device is the same in a larger fleet', async t => {
  const [small, large] = [worldOf({ machines: 400 }), worldOf({ machines: 4_000 })]
  for (let device = 0; device < 160; device++) {
    t.equal(large.id(device), small.id(device))
    t.equal(large.computerDnsName(device), small.computerDnsName(device))
    t.equal(large.profile(device).patches.key, small.profile(device).patches.key)
  }
})

t.test('tenants and seeds share no device but the documented one', async t => {
  const ids = (world: World) => Array.from({ length: world.size }, (_, device) => world.id(device))
  const mine = new Set(ids(worldOf()))
  for (const other of [worldOf({ seed: 2 }), worldOf({ tenant: 'other' })]) {
    t.same(
      ids(other).filter(id => mine.has(id)),
      [documentedDevice]
    )
  }
})

t.test('ids and names match without regard to case', async t => {
  const world = worldOf()
  const id = world.id(7)
  t.equal(world.machine(id.toUpperCase()), 7)
  t.equal(world.machineByIdOrName(world.computerDnsName(7).toUpperCase()), 7)
  t.equal(world.software('Microsoft-_-EDGE').id, 'microsoft-_-edge')
  for (const wrong of ['', 'x', id.slice(1), `${id}0`, 'zz-0000000.contoso.onmicrosoft.com', 'a'.repeat(10_000)]) {
    t.throws(() => world.machineByIdOrName(wrong), { name: 'NotFound' }, wrong.slice(0, 50))
  }
})

t.test('the scenario is data: no code knows its ids', async t => {
  t.ok(scenario.cohorts.some(({ id }) => id === documentedDevice))
  t.equal(
    scenario.cohorts.reduce((sum, { devices }) => sum + devices, 0),
    240
  )
  for (const text of [...scenario.platforms, ...scenario.bundles].flatMap(({ software }) => software)) {
    t.ok(facts.product(text.split('@')[0]!), text)
  }
})

function isSecondTuesday(released: string): boolean {
  const date = new Date(`${released}T00:00:00Z`)
  return date.getUTCDay() === 2 && date.getUTCDate() > 7 && date.getUTCDate() <= 14
}
