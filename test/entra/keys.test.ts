import { privateEncrypt, publicDecrypt, sign, verify } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { defaultDataFolder, openDataFolder } from '../../src/data-folder.js'
import { SigningKeys } from '../../src/entra/keys.js'
import { createEmulator } from '../../src/index.js'

t.test('a key is made once per folder, readable by its owner only', async t => {
  const folder = join(t.testdir({}), 'deep', 'down')
  const first = await SigningKeys.create({ folder })
  const second = await SigningKeys.create({ folder })
  t.equal(second.current.kid, first.current.kid)
  t.same(await readdir(folder), ['signing-key.pem'], 'and no draft is left behind')
  t.equal((await stat(join(folder, 'signing-key.pem'))).mode & 0o777, 0o600)
  t.match(await readFile(join(folder, 'signing-key.pem'), 'utf8'), /^-----BEGIN PRIVATE KEY-----/)
})

t.test('emulators that start together end up with the same key', async t => {
  const folder = t.testdir({})
  const all = await Promise.all(Array.from({ length: 6 }, () => SigningKeys.create({ folder })))
  t.equal(new Set(all.map(({ current }) => current.kid)).size, 1)
  t.same(await readdir(folder), ['signing-key.pem'])
})

t.test('a token outlives a restart when keys are kept', async t => {
  const dataDir = t.testdir({})
  const url = '/api/Software/microsoft-_-edge/getmissingkbs'
  const before = await createEmulator({ dataDir })
  const headers = await before.headers()
  await before.close()
  const after = await createEmulator({ dataDir })
  t.teardown(() => after.close())
  t.equal((await after.inject({ url, headers })).statusCode, 200)
  const elsewhere = await createEmulator()
  t.teardown(() => elsewhere.close())
  t.equal((await elsewhere.inject({ url, headers })).statusCode, 401, 'in memory it does not')
})

t.test('a file that holds no key is named, and never overwritten', async t => {
  const folder = t.testdir({ 'signing-key.pem': 'not a key' })
  const file = join(folder, 'signing-key.pem')
  await t.rejects(SigningKeys.create({ folder }), {
    message: `${file} holds no RSA private key of 2,048 bits or more; delete it and a new one is made`
  })
  t.equal(await readFile(file, 'utf8'), 'not a key')
  await writeFile(file, '')
  await t.rejects(SigningKeys.create({ folder }), { message: /holds no RSA private key/ }, 'a half-written one')
})

t.test('a folder in the way of the key is explained', async t => {
  const folder = t.testdir({ 'signing-key.pem': {} })
  await t.rejects(SigningKeys.create({ folder }), { message: /cannot be read \(it is no file\)/ })
})

t.test('a link to nowhere has the name of the key', async t => {
  const folder = t.testdir({ 'signing-key.pem': t.fixture('symlink', 'nowhere') })
  await t.rejects(SigningKeys.create({ folder }), { name: 'UnwritableFolder', message: /\(EEXIST\)/ })
  t.same(await readdir(folder), ['signing-key.pem'], 'and no draft is left behind')
})

t.test('the data folder of each platform', async t => {
  const of = (platform: NodeJS.Platform, environment: NodeJS.ProcessEnv = {}) =>
    defaultDataFolder({ platform, environment, home: platform === 'win32' ? 'C:\\Users\\kim' : '/home/kim' })
  t.equal(of('linux'), '/home/kim/.local/share/mde-emulator')
  t.equal(of('linux', { XDG_DATA_HOME: '/data' }), '/data/mde-emulator')
  t.equal(of('darwin'), '/home/kim/Library/Application Support/mde-emulator')
  t.equal(of('win32'), 'C:\\Users\\kim\\AppData\\Local\\mde-emulator')
  t.equal(of('win32', { LOCALAPPDATA: 'D:\\Local' }), 'D:\\Local\\mde-emulator')
})

t.test('a folder that cannot be written: asked for it is an error, by default a notice', async t => {
  const folder = t.testdir({ file: 'x' })
  const surroundings = { platform: 'linux' as const, environment: { XDG_DATA_HOME: join(folder, 'file') }, home: '/' }
  t.match(openDataFolder(undefined, surroundings), {
    folder: undefined,
    notice:
      /^Keys are kept in memory only, since .* cannot be written \(ENOTDIR\): tokens and the local CA end with this process\.$/
  })
  t.throws(() => openDataFolder(join(folder, 'file', 'x'), surroundings), { message: /cannot be used \(ENOTDIR\)/ })
  if (process.getuid?.() === 0) {
    t.comment('skipped: a folder without write permission, since root may write anywhere')
    return
  }
  await chmod(folder, 0o500)
  t.throws(() => openDataFolder(folder, surroundings), { message: /EACCES/ })
  await chmod(folder, 0o700)
})

t.test('keys are RSA keys of 2,048 bits that OpenSSL takes for its own', async t => {
  const seen = new Set<string>()
  for (let i = 0; i < 5; i++) {
    const { current } = await SigningKeys.create()
    const { privateKey, publicKey, kid } = current
    t.same(privateKey.asymmetricKeyDetails, { modulusLength: 2048, publicExponent: 65_537n })
    t.match(kid, /^[\w-]{27}$/)
    const text = Buffer.from(`text ${i}`)
    t.ok(verify('sha256', text, publicKey, sign('sha256', text, privateKey)))
    const secret = privateEncrypt(privateKey, text)
    t.same(publicDecrypt(publicKey, secret), text)
    const { d, n, p, q } = privateKey.export({ format: 'jwk' }) as Record<string, string>
    const number = (part: string) => BigInt(`0x${Buffer.from(part, 'base64url').toString('hex')}`)
    t.equal(number(p!) * number(q!), number(n!))
    t.ok(number(d!) > 1n << 1024n, 'no short private exponent')
    seen.add(n!)
  }
  t.equal(seen.size, 5)
})
