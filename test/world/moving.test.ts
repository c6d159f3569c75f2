import t from 'tap'
import { Chance } from '../../src/world/chance.js'
import { patchTuesday } from '../../src/world/days.js'
import { invariants } from '../../src/world/invariants.js'
import { inventory } from '../../src/world/inventory.js'
import * as maintenance from '../../src/world/maintenance.js'
import { missingKbsOfMachine } from '../../src/world/missing-kbs.js'
import { restore, stateOf } from '../../src/world/state.js'
import type { World } from '../../src/world/world.js'
import { facts, worldOf } from './world.js'

const day = 86_400_000
const at = Date.parse('2026-11-23T12:00:00Z')
const guest = (n: number, more: object = {}) => ({
  id: n.toString(16).padStart(40, 'f'),
  computerDnsName: `guest-${n}`,
  os: 'Windows11',
  build: 26100,
  software: [{ id: 'google-_-chrome', version: '148.0.7778.97' }],
  ...more
})
/** What anybody could see of a world, but for how it came to be so. */
const seen = (world: World) =>
  JSON.stringify([
    world.day,
    inventory(world),
    Array.from(world.devices(), device => [
      world.id(device),
      world.computerDnsName(device),
      world.tags(device),
      world.group(device),
      world.profile(device).key,
      missingKbsOfMachine(world, device, { hideSuperseded: false }).map(({ id }) => id)
    ])
  ])

t.test('the second Tuesday of a month', async t => {
  for (const tuesday of ['2020-03-10', '2026-06-09', '2026-07-14', '2026-09-08', '2026-12-08', '2027-02-09']) {
    const [year, month] = tuesday.split('-').map(Number)
    t.equal(patchTuesday(year!, month! - 1), tuesday)
  }
  t.equal(patchTuesday(2026, 12), '2027-01-12', 'months may exceed the year')
})

t.test('a virtual Patch Tuesday: updates come out, rings follow', async t => {
  const world = worldOf()
  const before = world.facts.updates.length
  const lacking = () => {
    let devices = 0
    for (const profile of world.profiles()) {
      if (profile.patches.missing.some(({ released }) => released === '2026-07-14')) devices += profile.devices
    }
    return devices
  }
  world.advance(13 * day, at)
  t.equal(world.day, '2026-07-13')
  t.equal(lacking(), 0, 'the day before')
  const series: number[] = []
  for (let n = 0; n < 40; n++) {
    world.advance(day, at + (13 + n) * day)
    series.push(lacking())
  }
  const published = world.facts.updates.slice(before).filter(({ released }) => released === '2026-07-14')
  t.ok(published.length >= 10 && published.every(({ id }) => Number(id) >= 9_000_001), 'numbers from 9000001')
  t.ok(published.every(({ generated }) => generated))
  const cves = new Set(published.flatMap(({ fixes }) => [...fixes.values()].flat()).map(cve => facts.cves[cve]!))
  t.ok(cves.size > 100)
  for (const { id, title } of cves) {
    if (!/^CVE-2026-99\d{5}$/.test(id) || !/generated/.test(title ?? '')) t.fail(`${id} ${title}`)
  }
  t.ok(series[0]! > 200, `${series[0]} devices lack an update of the day`)
  t.ok(
    series.every((devices, n) => n === 0 || devices <= series[n - 1]!),
    'devices follow, none goes back'
  )
  t.ok(series.at(-1)! < series[0]! / 2, `${series.at(-1)} after forty days`)
  t.ok(new Set(series).size >= 3, `in rings: ${[...new Set(series)].join(', ')}`)
  t.same((await invariants(world)).violations, [])
  world.reset()
  t.equal(seen(world), seen(worldOf()), 'reset leads back to the day of the start')
})

t.test('real updates while the catalog lasts', async t => {
  const world = worldOf({ day: '2026-05-10' })
  const newest = () =>
    [...world.profiles()]
      .flatMap(({ patches }) => patches.missing.map(({ released }) => released))
      .sort()
      .at(-1)
  t.ok(newest()! <= '2026-05-10')
  world.advance(3 * day, at)
  t.equal(newest(), '2026-05-12')
  t.equal(seen(world), seen(worldOf({ day: '2026-05-13' })), 'as if it had begun on that day')
})

t.test('who lives earlier does not see what others have got to', async t => {
  const early = worldOf({ day: '2026-06-30' })
  const before = seen(early)
  const late = worldOf()
  late.advance(400 * day, at)
  t.equal(late.day, '2027-08-04')
  t.equal(seen(early), before)
  t.equal(seen(worldOf()), seen(worldOf({ seed: 1 })))
  t.throws(() => maintenance.installUpdate(early, early.id(0), '9000001', at), { name: 'NotFound' })
  const steps = worldOf()
  for (let n = 0; n < 400; n += 50) steps.advance(50 * day, at)
  t.equal(seen(steps), seen(late), 'in one step or in eight')
})

t.test('months are the same in whatever order worlds get there', async t => {
  const one = worldOf({ seed: 2 })
  one.advance(90 * day, at)
  const ids = one.facts.updates.filter(({ generated }) => generated).map(({ id, released }) => `${released} ${id}`)
  t.equal(new Set(ids).size, ids.length)
  t.same(ids.slice(0, 2), ['2026-07-14 9000001', '2026-07-14 9000002'])
})

t.test('what was done to a device stays when time goes on', async t => {
  const world = worldOf()
  const id = [...world.devices()]
    .map(device => world.id(device))
    .find(id => {
      const { patches } = world.profile(world.machine(id))
      return patches.missing.length > 3 && patches.installed.size > 0
    })!
  const of = () => world.profile(world.machine(id)).patches
  const [kb] = of().missing
  maintenance.installUpdate(world, id, kb!.id, at)
  world.advance(20 * day, at)
  t.ok(of().installed.has(kb!))
  maintenance.uninstallUpdate(world, id, kb!.id, at)
  t.notOk(of().installed.has(kb!))
  t.same((await invariants(world)).violations, [])
})

t.test('devices are added, removed and named otherwise', async t => {
  const world = worldOf({ machines: 24 })
  const device = maintenance.addMachine(world, guest(1, { tags: ['New'], group: 'Lab', missing: ['5094126'] }), at)
  t.equal(world.size, 25)
  t.equal(world.find('GUEST-1'), device)
  t.same(
    missingKbsOfMachine(world, device, { hideSuperseded: false }).map(({ id }) => id),
    ['5094126']
  )
  t.same(world.group(device), { name: 'Lab', id: 1001 })
  t.throws(() => maintenance.addMachine(world, guest(1), at), { name: 'Contradiction', message: /exists already/ })
  t.throws(() => maintenance.addMachine(world, { ...guest(2), computerDnsName: 'Guest-1' }, at), {
    name: 'Contradiction'
  })
  t.throws(() => maintenance.addMachine(world, guest(3, { missing: ['1'] }), at), /KB 1 is neither/)
  t.equal(world.size, 25, 'what is refused changes nothing')
  const first = world.id(0)
  maintenance.removeMachine(world, first)
  t.throws(() => world.machine(first), { name: 'NotFound' })
  t.equal(world.find(first), undefined)
  t.equal(world.size, 24)
  t.same((await invariants(world)).violations, [])
  maintenance.labelMachine(world, world.id(1), { tags: ['a', 'b'], group: 'Lab' })
  t.same([world.tags(1), world.group(1)], [['a', 'b'], world.group(device)])
  maintenance.labelMachine(world, world.id(1), { group: null })
  t.same([world.tags(1), world.group(1)], [['a', 'b'], { id: 0, name: null }])
  maintenance.addMachine(world, { ...guest(4), id: first }, at)
  t.equal(world.machine(first), 0, 'who comes back has its number')
  t.same((await invariants(world)).violations, [])
  world.reset()
  t.equal(seen(world), seen(worldOf({ machines: 24 })))
})

t.test('software is installed, changed and taken off', async t => {
  const world = worldOf({ machines: 24 })
  const id = world.id(0)
  const has = (software: string) => world.profile(0).installations.find(({ product }) => product.id === software)
  const before = seen(world)
  maintenance.installSoftware(world, id, 'videolan-_-vlc_media_player', '3.0.8', at)
  t.equal(has('videolan-_-vlc_media_player')?.version, '3.0.8')
  t.ok(world.profile(0).exposure.has(facts.product('videolan-_-vlc_media_player')!), 'an old version is vulnerable')
  t.same((await invariants(world)).violations, [])
  maintenance.installSoftware(world, id, 'microsoft-_-sql_server_2019', null, at)
  t.same((await invariants(world)).violations, [])
  maintenance.uninstallSoftware(world, id, 'microsoft-_-sql_server_2019', at)
  maintenance.uninstallSoftware(world, id, 'videolan-_-vlc_media_player', at)
  t.equal(seen(world), before)
  t.notOk(world.isChanged, 'as it was')
  t.throws(() => maintenance.uninstallSoftware(world, id, 'videolan-_-vlc_media_player', at), { name: 'Contradiction' })
  const [system] = world.profile(0).installations
  t.throws(() => maintenance.uninstallSoftware(world, id, system!.product.id, at), /part of the system/)
  t.throws(() => maintenance.installSoftware(world, id, 'nobody-_-nothing', null, at), { name: 'NotFound' })
})

t.test('a rollout reaches a share, and a larger share holds the smaller one', async t => {
  const world = worldOf()
  const kb = '4540673'
  const half = maintenance.rollOut(world, kb, 'install', { share: 0.5 }, at)
  t.equal(half.applicable, 240)
  t.ok(half.changed > 90 && half.changed < 150, `${half.changed} of 240`)
  const again = maintenance.rollOut(world, kb, 'install', { share: 0.5 }, at)
  t.equal(again.changed, 0, 'once')
  const rest = maintenance.rollOut(world, kb, 'install', {}, at)
  t.equal(half.changed + rest.changed, 240)
  t.same((await invariants(world)).violations, [])
  const back = maintenance.rollOut(world, kb, 'remove', {}, at)
  t.equal(back.changed, 240)
  t.notOk(world.isChanged)
  t.throws(() => maintenance.rollOut(world, kb, 'install', { group: 'Nobody' }, at), { name: 'NotFound' })
})

t.test('whatever is done in whatever order: equations hold, and a state restores it', async t => {
  let done = 0
  let refused = 0
  for (let seed = 0; seed < 60; seed++) {
    const world = worldOf({ seed, machines: 24 })
    const chance = new Chance('moving', seed)
    let clock = at
    for (let step = 0; step < 14; step++) {
      const roll = (n: number, field: number) => chance.below(n, step, field)
      const id = world.id(world.order.at(roll(world.size, 0)))
      const kb = facts.updates[roll(facts.updates.length, 1)]!.id
      const product = facts.products[roll(facts.products.length, 2)]!.id
      const acts: (() => void)[] = [
        () => maintenance.installUpdate(world, id, kb, clock),
        () => maintenance.rollOut(world, kb, 'install', { share: roll(10, 3) / 10 }, clock),
        () => maintenance.rollOut(world, kb, 'remove', { share: roll(10, 3) / 10 }, clock),
        () => maintenance.installSoftware(world, id, product, roll(2, 4) === 0 ? null : '1.0', clock),
        () => maintenance.uninstallSoftware(world, id, product, clock),
        () => maintenance.addMachine(world, guest(roll(3, 5)), clock),
        () => maintenance.removeMachine(world, id),
        () => maintenance.labelMachine(world, id, { tags: ['x'], group: roll(2, 6) === 0 ? null : 'Own' }),
        () => {
          const by = roll(40, 7) * day
          world.advance(by, clock)
          clock += by
        }
      ]
      try {
        acts[roll(acts.length, 8)]!()
        done++
      } catch (error) {
        if (!/^(Contradiction|NotFound)$/.test((error as Error).name)) throw error
        refused++
      }
    }
    const { violations } = await invariants(world)
    if (violations.length > 0) t.same(violations.slice(0, 3), [], `seed ${seed}`)
    const [state, now] = [JSON.parse(JSON.stringify(stateOf(world))), seen(world)]
    const other = worldOf({ seed, machines: 24 })
    restore(other, state, clock)
    if (seen(other) !== now) t.equal(seen(other), now, `seed ${seed}`)
    t.same(stateOf(other), state)
    world.reset()
    t.equal(seen(world), seen(worldOf({ seed, machines: 24 })), `reset, seed ${seed}`)
    t.notOk(world.isChanged)
    restore(world, state, clock)
    t.equal(seen(world), now)
  }
  t.ok(done > 400 && refused > 50, `${done} done, ${refused} refused`)
})

t.test('a state that does not fit is refused, and nothing is changed', async t => {
  const world = worldOf({ machines: 24 })
  maintenance.removeMachine(world, world.id(3))
  const before = seen(world)
  const state = { ...stateOf(world), machines: { [world.id(0)]: { installed: ['1'] } } }
  t.throws(() => restore(world, state, at), { name: 'NotFound', message: 'KB 1 was not found' })
  t.equal(seen(world), before)
})
