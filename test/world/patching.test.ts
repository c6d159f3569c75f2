import t from 'tap'
import { Chance } from '../../src/world/chance.js'
import { Grounds } from '../../src/world/condition.js'
import { Cves } from '../../src/world/cves.js'
import { type FactRows, Facts } from '../../src/world/facts.js'
import { invariants } from '../../src/world/invariants.js'
import { inventory } from '../../src/world/inventory.js'
import { installUpdate, uninstallUpdate } from '../../src/world/maintenance.js'
import { missingKbsOfMachine, missingKbsOfSoftware } from '../../src/world/missing-kbs.js'
import { targetsOf } from '../../src/world/patch-states.js'
import { World } from '../../src/world/world.js'
import { scenario, worldOf } from './world.js'

const rules = { hideSuperseded: false }

/** A world small enough to be worked out by hand: one device, Windows on build 1 with Edge, .NET Framework and Office. */
const rows: FactRows = {
  worldVersion: 'test',
  epoch: '2026-06-30',
  continued: [],
  products: [
    { vendor: 'm', name: 'windows', kind: 'windows' },
    { vendor: 'm', name: 'edge', kind: 'component' },
    { vendor: 'm', name: 'net', kind: 'framework' },
    { vendor: 'm', name: 'office', kind: 'application' }
  ],
  cves: ['1', '2', '3', '4', '5', '6', '7'].map(n => ({
    id: `CVE-2026-000${n}`,
    severity: 'Important',
    publicExploit: false
  })),
  advisories: [],
  configurations: [],
  endsOfSupport: [],
  updates: [
    {
      id: '100',
      released: '2026-01-13',
      supersedes: [],
      fixes: [fix('windows', [1], [0], true), fix('edge', [1], [0, 1])]
    },
    { id: '101', released: '2026-01-13', supersedes: [], fixes: [fix('net', [1], [2])] },
    // The same day's alternative to the cumulative update, as a hotpatch or a security-only update is.
    { id: '102', released: '2026-02-10', supersedes: [], fixes: [fix('windows', [1], [3])] },
    { id: '103', released: '2026-02-10', supersedes: [], fixes: [fix('windows', [1, 2], [3], true)] },
    { id: '104', released: '2026-02-20', supersedes: [], fixes: [fix('windows', [1], [4])] },
    { id: '105', released: '2026-03-10', supersedes: ['101'], fixes: [fix('net', [1], [5])] },
    { id: '200', released: '2026-01-13', supersedes: [], fixes: [fix('office', [null], [6])] },
    { id: '201', released: '2026-02-10', supersedes: ['200'], fixes: [fix('office', [null], [6])] },
    { id: '202', released: '2026-03-10', supersedes: ['201'], fixes: [fix('office', [null], [6])] },
    { id: '203', released: '2026-04-14', supersedes: [], fixes: [fix('office', [null], [2])] },
    { id: '900', released: '2026-07-14', supersedes: [], fixes: [fix('windows', [1], [6], true)] }
  ]
}
function fix(name: string, builds: (number | null)[], cves: number[], cumulative = false) {
  return { product: `m-_-${name}`, builds, cves, cumulative }
}
const small = new Facts(rows)
const id = 'f'.repeat(40)

/** A device that lacks every released update of the products it has. */
function bare(...names: string[]): World {
  const products = names.map(name => small.product(`m-_-${name}`)!)
  const targets = targetsOf(small, products, 1)
  const missing = small.updates.filter(
    ({ fixes, released }) => released <= '2026-06-30' && [...fixes.keys()].some(target => targets.has(target))
  )
  const pinned = {
    id,
    computerDnsName: 'one',
    osPlatform: 'Windows10',
    version: null,
    osBuild: 1,
    installations: products.map(product => ({ product, version: null })),
    missing,
    asOf: '2026-06-30',
    tags: [],
    group: { id: 0, name: null }
  }
  return World.of({
    facts: small,
    grounds: new Grounds(small),
    cves: new Cves(small),
    scenario,
    tenant: 't',
    domain: 'd',
    seed: 1,
    machines: 0,
    instant: Date.parse('2026-06-30'),
    pinned: [pinned]
  })
}
const lacks = (world: World) =>
  missingKbsOfMachine(world, world.machine(id), rules)
    .map(row => row.id)
    .join(' ')

t.test('a device lacks what is released, applies and nothing installed contains', async t => {
  t.equal(lacks(bare('windows')), '104 102 103 100')
  t.equal(lacks(bare('windows', 'edge', 'net', 'office')), '203 105 202 104 102 103 201 100 101 200', 'newest first')
})

t.test('a cumulative update contains what came before on its Windows and build, but not .NET Framework', async t => {
  const world = bare('windows', 'edge', 'net')
  installUpdate(world, id, '103', 0)
  t.equal(lacks(world), '105 104 101', 'the same day, too; what came after stays')
  uninstallUpdate(world, id, '103', 0)
  t.equal(lacks(world), '105 104 102 103 100 101', 'and back')
})

t.test('elsewhere containment follows supersedes, transitively', async t => {
  const world = bare('office', 'net')
  installUpdate(world, id, '202', 0)
  t.equal(lacks(world), '203 105 101')
  installUpdate(world, id, '105', 0)
  t.equal(lacks(world), '203')
  uninstallUpdate(world, id, '202', 0)
  t.equal(lacks(world), '203 202 201 200', 'nothing else contains them')
})

t.test('what something else contains does not come back', async t => {
  const world = bare('office')
  installUpdate(world, id, '201', 0)
  installUpdate(world, id, '202', 0)
  uninstallUpdate(world, id, '201', 0)
  t.equal(lacks(world), '203', '202 still contains it')
  t.throws(() => uninstallUpdate(world, id, 'KB200', 0), {
    name: 'Contradiction',
    message: /KB 200 is not installed .* a later update that is installed there contains it/
  })
})

t.test('what contradicts the facts is refused', async t => {
  const world = bare('windows')
  const before = world.revision
  t.throws(() => installUpdate(world, id, '200', 0), {
    name: 'Contradiction',
    message: /KB 200 does not apply .* it is for m-_-office/
  })
  t.throws(() => installUpdate(world, id, '900', 0), {
    name: 'Contradiction',
    message: /released on 2026-07-14; world time is 2026-06-30/
  })
  t.throws(() => uninstallUpdate(world, id, '103', 0), { name: 'Contradiction', message: /not installed/ })
  t.throws(() => installUpdate(world, id, '999999', 0), { name: 'NotFound', message: 'KB 999999 was not found' })
  t.throws(() => installUpdate(world, '0'.repeat(40), '103', 0), { name: 'NotFound' })
  t.equal(world.revision, before, 'nothing changed')
  installUpdate(world, id, 'KB103', 0)
  const after = world.revision
  installUpdate(world, id, '103', 0)
  t.equal(world.revision, after, 'installing again changes nothing')
})

t.test('cveAddressed sums over products and unites over builds', async t => {
  const world = bare('windows', 'edge')
  const row = missingKbsOfMachine(world, 0, rules).find(({ id }) => id === '100')
  t.match(row, { cveAddressed: 3, productsNames: ['windows', 'edge'], osBuild: 1 }, 'CVE 1 counts in both')
  t.match(missingKbsOfSoftware(world, small.product('m-_-edge')!, rules), [{ id: '100', cveAddressed: 2 }])
})

t.test('hide-superseded leaves what one would install', async t => {
  const world = bare('windows', 'office')
  t.same(
    missingKbsOfMachine(world, 0, { hideSuperseded: true }).map(row => row.id),
    ['203', '202', '104', '103']
  )
})

t.test('the worlds of 500 seeds stay coherent whatever is installed and removed', async t => {
  let checked = 0
  let moves = 0
  let refused = 0
  for (let seed = 0; seed < 500; seed++) {
    const world = worldOf({ seed, machines: 24 })
    const chance = new Chance('moves', seed)
    for (let move = 0; move < 12; move++) {
      const device = chance.below(world.size, move, 0)
      const { missing, installed, targets } = world.profile(device).patches
      const choices = [[...missing], [...installed], [...targets].flatMap(target => target.updates)][
        chance.below(3, move, 1)
      ]!
      if (choices.length === 0) continue
      const update = choices[chance.below(choices.length, move, 2)]!
      const act = chance.below(2, move, 3) === 0 ? installUpdate : uninstallUpdate
      try {
        act(world, world.id(device), update.id, 0)
        moves++
      } catch (error) {
        if ((error as Error).name !== 'Contradiction') throw error
        refused++
      }
    }
    const verdict = await invariants(world)
    checked += verdict.checked
    if (verdict.violations.length > 0) t.same(verdict.violations.slice(0, 3), [], `seed ${seed}`)
    if (seed % 50 !== 0) continue
    world.reset()
    t.same(inventory(world), inventory(worldOf({ seed, machines: 24 })), 'reset leads back to the seeded state')
  }
  t.ok(moves > 2_000 && refused > 100, `${moves} moves, ${refused} refused`)
  t.ok(checked > 500_000, `${checked} equations`)
})

t.test('the default world and one that was patched hold every equation', async t => {
  const world = worldOf()
  t.match(await invariants(world), { checked: Number, violations: [] })
  for (let device = 400; device < 500; device += 3) {
    const [newest] = world.profile(device).patches.missing
    if (newest !== undefined) installUpdate(world, world.id(device), newest.id, 0)
  }
  t.same((await invariants(world)).violations, [])
})

t.test('invariants do find what is wrong', async t => {
  const world = worldOf({ machines: 24 })
  const [profile] = world.profiles()
  profile!.devices++
  const { violations } = await invariants(world)
  t.ok(violations.length > 0)
  t.ok(violations.some(({ equation }) => equation === 'profiles count every device once'))
})
