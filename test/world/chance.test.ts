import t from 'tap'
import { Chance } from '../../src/world/chance.js'

const chance = new Chance('2026.1', 1, 'tenant', 'machine')

t.test("rolls are fixed for ever: an upgrade that moved them would change everybody's world", async t => {
  t.same(
    [0, 1, 2, 1_000_000].map(index => chance.roll(index, 1)),
    [3_262_050_938, 1_124_610_516, 3_274_222_739, 963_299_153]
  )
  t.equal(chance.id(0), '13405e471e1359abda4e0e583ebd6e9db71441e0')
  t.equal(chance.permute(0), 2_581_606_873)
})

t.test('a roll depends on the key, the index and the field, and on nothing else', async t => {
  const again = new Chance('2026.1', 1, 'tenant', 'machine')
  again.roll(5, 5)
  t.equal(again.roll(7, 3), chance.roll(7, 3), 'not on the rolls before it')
  const others = [new Chance('2026.1', 2, 'tenant', 'machine'), new Chance('2026.1', 1, 'tenan', 'tmachine')]
  for (const other of others) t.not(other.roll(7, 3), chance.roll(7, 3))
  t.not(chance.roll(7, 3), chance.roll(3, 7))
})

t.test('rolls are even', async t => {
  for (const field of [0, 1, 1000]) {
    const counts = new Array<number>(16).fill(0)
    for (let index = 0; index < 16_000; index++) counts[chance.below(16, index, field)]!++
    // Chi-squared with 15 degrees of freedom: 37.7 is exceeded once in a thousand, and these rolls are fixed.
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    t.ok(chi < 37.7, `field ${field}: ${chi}`)
  }
})

t.test('permutations never collide and lead back', async t => {
  const seen = new Set<number>()
  for (let index = 0; index < 100_000; index++) {
    const permuted = chance.permute(index)
    seen.add(permuted)
    if (chance.unpermute(permuted) !== index) t.fail(`${index} does not lead back`)
  }
  t.equal(seen.size, 100_000)
  for (const edge of [0, 0xffff, 0x1_0000, 0xffff_ffff]) t.equal(chance.unpermute(chance.permute(edge)), edge)
})

t.test('ids carry their index and no other id is taken for one', async t => {
  for (const index of [0, 1, 499, 999_999, 0xffff_fffe]) {
    const id = chance.id(index)
    t.match(id, /^[0-9a-f]{40}$/)
    t.equal(chance.indexOf(id), index)
    const forged = id.slice(0, -1) + (id.endsWith('0') ? '1' : '0')
    t.equal(chance.indexOf(forged), undefined, 'one digit off')
    t.equal(new Chance('another').indexOf(id), undefined, 'another key')
  }
})

t.test('weights are kept', async t => {
  const choices = [{ weight: 1 }, { weight: 0 }, { weight: 3 }]
  const counts = new Map<object, number>()
  for (let index = 0; index < 8_000; index++) {
    const choice = chance.weighted(choices, index, 9)
    counts.set(choice, (counts.get(choice) ?? 0) + 1)
  }
  t.equal(counts.get(choices[1]!), undefined)
  t.ok(Math.abs(counts.get(choices[0]!)! - 2_000) < 200)
})
