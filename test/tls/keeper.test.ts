import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Keeper, type KeeperSettings } from '../../src/tls/keeper.js'

const day = 86_400_000
const files = ['ca-key.pem', 'ca.pem', 'leaf-key.pem', 'leaf.pem']

/** A keeper's CA and certificate. */
async function kept(settings: KeeperSettings) {
  const keeper = new Keeper(settings)
  const { chain, key } = await keeper.identity()
  const leaf = new X509Certificate(chain)
  return { keeper, chain, key, leaf, ca: keeper.ca!, notices: keeper.notices }
}

const text = (folder: string, name: string) => readFile(join(folder, name), 'utf8')

t.test('they are made once per folder, keys readable by their owner only', async t => {
  const folder = join(t.testdir({}), 'deep', 'down')
  const first = await kept({ folder })
  t.equal(first.keeper.caFile, join(folder, 'ca.pem'))
  t.same((await readdir(folder)).sort(), files, 'and neither draft nor lock is left behind')
  const modes = await Promise.all(files.map(async name => (await stat(join(folder, name))).mode & 0o777))
  t.same(modes, [0o600, 0o644, 0o600, 0o644])
  const second = await kept({ folder })
  t.same([second.ca, second.chain, second.key], [first.ca, first.chain, first.key])
  t.same([...first.notices, ...second.notices], [])
  t.equal(await text(folder, 'ca.pem'), first.ca)
  t.equal(await text(folder, 'leaf.pem'), first.chain)
  t.notMatch(await text(folder, 'ca.pem'), 'PRIVATE')
  t.notMatch(await text(folder, 'leaf.pem'), 'PRIVATE')
})

t.test('emulators that start together end up with the same', async t => {
  const folder = t.testdir({})
  const all = await Promise.all(Array.from({ length: 6 }, () => kept({ folder })))
  t.equal(new Set(all.map(({ ca, chain, key }) => ca + chain + key)).size, 1)
  t.same((await readdir(folder)).sort(), files)
})

t.test('without a folder they are in memory, each for itself', async t => {
  const one = await kept({})
  const other = await kept({})
  t.not(one.ca, other.ca)
  t.equal(one.keeper.caFile, undefined)
  t.equal((await one.keeper.identity()).chain, one.chain)
})

t.test('a name more makes a new CA, and it keeps the names of before', async t => {
  const folder = t.testdir({})
  const first = await kept({ folder })
  const second = await kept({ folder, tlsNames: ['mde'] })
  t.not(second.ca, first.ca)
  t.match(second.notices, [/^The local CA was replaced, since it may not vouch for mde: clients that trusted it/])
  t.ok(second.leaf.checkHost('mde'))
  const third = await kept({ folder })
  t.equal(third.ca, second.ca, 'who does not ask for the name is content with it')
  const fourth = await kept({ folder, tlsNames: ['other'] })
  t.ok(fourth.leaf.checkHost('mde'))
  t.ok(fourth.leaf.checkHost('other'))
})

t.test('the certificate is renewed a month before its end, the CA a week before', async t => {
  const folder = t.testdir({})
  let now = Date.now()
  const keeper = new Keeper({ folder, now: () => now })
  const shown = async () => new X509Certificate((await keeper.identity()).chain)
  const first = await shown()
  const ca = keeper.ca
  now += 59 * day
  t.equal((await shown()).serialNumber, first.serialNumber)
  now += 2 * day
  const second = await shown()
  t.not(second.serialNumber, first.serialNumber)
  t.equal(keeper.ca, ca)
  t.ok(Date.parse(second.validTo) > now + 80 * day)
  for (let month = 0; month < 9; month++) {
    now += 30 * day
    const leaf = await shown()
    t.ok(Date.parse(leaf.validTo) - now > 13 * day)
    t.ok(Date.parse(leaf.validTo) <= Date.parse(new X509Certificate(keeper.ca!).validTo))
  }
  const last = await shown()
  t.equal((await shown()).serialNumber, last.serialNumber, 'not again and again when the CA allows no longer')
  t.equal(keeper.ca, ca)
  t.same(keeper.notices, [])
  now += 30 * day
  const next = await shown()
  t.not(keeper.ca, ca)
  t.ok(Date.parse(next.validTo) > now + 80 * day)
  t.match(keeper.notices, [/^The local CA was replaced, since it end/])
})

t.test('a certificate of the future is made anew', async t => {
  const folder = t.testdir({})
  const future = await kept({ folder, now: () => Date.now() + 20 * day })
  const present = await kept({ folder })
  t.not(present.ca, future.ca)
  t.match(present.notices, [/since it begins on .* only/])
})

async function broken(t: Test, change: (folder: string) => Promise<unknown>) {
  const folder = t.testdir({})
  const before = await kept({ folder })
  await change(folder)
  const after = await kept({ folder })
  t.same((await readdir(folder)).sort(), files)
  return { before, after }
}

t.test('halves of its own are made whole again', async t => {
  const stranger = t.testdir({})
  await kept({ folder: stranger })
  const theirs = await text(stranger, 'ca-key.pem')
  const theirLeaf = await text(stranger, 'leaf.pem')
  for (const change of [
    (folder: string) => unlink(join(folder, 'ca-key.pem')),
    (folder: string) => writeFile(join(folder, 'ca-key.pem'), ''),
    (folder: string) => writeFile(join(folder, 'ca-key.pem'), 'garbage'),
    (folder: string) => writeFile(join(folder, 'ca-key.pem'), theirs)
  ]) {
    const { before, after } = await broken(t, change)
    t.not(after.ca, before.ca)
    t.match(after.notices, [/since its key is (missing or broken|that of another)/])
  }
  for (const change of [
    (folder: string) => unlink(join(folder, 'leaf-key.pem')),
    (folder: string) => writeFile(join(folder, 'leaf-key.pem'), 'garbage'),
    (folder: string) => writeFile(join(folder, 'leaf-key.pem'), theirs),
    async (folder: string) => {
      await unlink(join(folder, 'leaf.pem'))
      await unlink(join(folder, 'leaf-key.pem'))
    },
    (folder: string) => writeFile(join(folder, 'leaf.pem'), theirLeaf)
  ]) {
    const { before, after } = await broken(t, change)
    t.equal(after.ca, before.ca)
    t.not(after.chain, before.chain)
    t.same(after.notices, [])
  }
})

t.test("what is somebody's own is refused in a sentence, and never overwritten", async t => {
  for (const [name, content] of [
    ['ca.pem', ''],
    ['ca.pem', 'not a certificate'],
    ['leaf.pem', 'not a certificate'],
    ['ca-key.pem', 'the key of their own CA'],
    ['leaf-key.pem', 'a key']
  ] as const) {
    const folder = t.testdir({})
    if (name.startsWith('leaf')) {
      await kept({ folder })
      await unlink(join(folder, 'leaf.pem'))
    }
    await writeFile(join(folder, name), content)
    await t.rejects(kept({ folder }), { name: 'ForeignFile', message: /; move it away, or delete it and a new one/ })
    t.equal(await text(folder, name), content)
  }
  const folder = t.testdir({ 'ca.pem': {} })
  await t.rejects(kept({ folder }), { message: /ca\.pem cannot be read \(it is no file\)/ })
})

t.test('a lock that a dead process left is no obstacle', async t => {
  const { pid } = spawnSync(process.execPath, ['-v'])
  const left = t.testdir({ 'ca.lock': `${hostname()} ${pid}` })
  const from = Date.now()
  await kept({ folder: left })
  t.ok(Date.now() - from < 2_000, `${Date.now() - from} ms`)
  const folder = t.testdir({ 'ca.lock': `elsewhere ${process.pid}` })
  const past = new Date(Date.now() - 60_000)
  await utimes(join(folder, 'ca.lock'), past, past)
  await kept({ folder })
  t.same((await readdir(folder)).sort(), files)
})

t.test('a CA that can be read and not replaced is used on', async t => {
  const folder = t.testdir({})
  const first = await kept({ folder })
  // Who cannot lock the folder cannot write there.
  await mkdir(join(folder, 'ca.lock'))
  const past = new Date(Date.now() - 60_000)
  await utimes(join(folder, 'ca.lock'), past, past)
  const now = () => Date.now() + 70 * day
  await t.rejects(kept({ folder, now }), { name: 'UnwritableFolder', message: /^no CA can be kept in/ })
  const later = await kept({ folder, now, optional: true })
  t.equal(later.ca, first.ca)
  t.not(later.chain, first.chain, 'its certificate is renewed in memory')
  t.match(later.notices, [/^Keys are kept in memory only/])
})

t.test('a folder that cannot be written: needed it is an error, else they are in memory', async t => {
  const file = join(t.testdir({ file: 'x' }), 'file')
  const folder = join(file, 'below')
  await t.rejects(kept({ folder }), { message: /cannot be read \(ENOTDIR\)|no CA can be kept in/ })
  if (process.getuid?.() === 0) {
    t.comment('skipped: a folder without write permission, since root may write anywhere')
    return
  }
  const readOnly = join(t.testdir({}), 'read-only')
  await mkdir(readOnly)
  await chmod(readOnly, 0o500)
  await t.rejects(kept({ folder: readOnly }), { message: /^no CA can be kept in .* \(EACCES\); name a folder/ })
  const { keeper, notices } = await kept({ folder: readOnly, optional: true })
  t.match(notices, [/^Keys are kept in memory only/])
  t.equal(keeper.caFile, undefined)
})
