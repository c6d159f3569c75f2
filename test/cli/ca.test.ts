import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ca } from '../../src/cli/ca.js'

/** What `mde-emulator ca ...` prints; no emulator runs. */
async function said(args: string[], environment: NodeJS.ProcessEnv = {}) {
  let output = ''
  let errors = ''
  await ca(args, {
    environment,
    out: text => (output += text),
    warn: text => (errors += text),
    untilStopped: new Promise(() => undefined)
  })
  return { output, errors }
}

t.test('the path of the CA, its text and how to trust it', async t => {
  const folder = t.testdir({})
  const flags = ['--data-dir', folder]
  const path = await said(flags)
  t.same(path, { output: `${join(folder, 'ca.pem')}\n`, errors: '' })
  t.same(await said(['path', ...flags]), path)
  const { output } = await said(['print', ...flags])
  t.equal(output, await readFile(join(folder, 'ca.pem'), 'utf8'))
  t.ok(new X509Certificate(output).ca)
  t.notMatch(output, 'PRIVATE')
  const trust = (await said(['trust'], { MDE_EMULATOR_DATA_DIR: folder })).output
  for (const platform of [
    'Debian',
    'Fedora',
    'macOS',
    'Windows',
    'nssdb',
    'NODE_EXTRA_CA_CERTS',
    'REQUESTS_CA_BUNDLE',
    'keytool',
    '--cacert'
  ]) {
    t.match(trust, platform)
  }
  t.match(trust, join(folder, 'ca.pem'))
})

t.test('it is that of the emulator, names included', async t => {
  const folder = t.testdir({})
  const first = (await said(['print', '--data-dir', folder])).output
  const named = await said(['print', '--data-dir', folder], { MDE_EMULATOR_TLS_NAME: 'mde' })
  t.not(named.output, first)
  t.match(named.errors, /since it may not vouch for mde/)
  t.equal((await said(['print', '--data-dir', folder])).output, named.output)
})

t.test('processes that begin together end up with the same', async t => {
  const folder = join(t.testdir({}), 'new')
  const command = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))
  const outputs = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, [command, 'ca', 'print', '--data-dir', folder])
      let output = ''
      child.stdout.on('data', data => (output += data))
      await once(child, 'close')
      return output
    })
  )
  t.match(outputs[0], /^-----BEGIN CERTIFICATE-----/)
  t.equal(new Set(outputs).size, 1)
  t.same((await readdir(folder)).sort(), ['ca-key.pem', 'ca.pem', 'leaf-key.pem', 'leaf.pem'])
})

t.test("in the user's data folder by default", async t => {
  const home = t.testdir({})
  if (process.platform !== 'linux') return t.comment('skipped: the variable is of Linux')
  const { output } = await said([], { XDG_DATA_HOME: home })
  t.equal(output, `${home}/mde-emulator/ca.pem\n`)
  t.equal((await stat(`${home}/mde-emulator/ca-key.pem`)).mode & 0o777, 0o600)
})

t.test('wrong use', async t => {
  const folder = t.testdir({ file: 'x' })
  await t.rejects(said(['prnt']), { name: 'UsageError', message: /^unknown "ca prnt"; did you mean print\?/ })
  await t.rejects(said(['path', 'more']), { name: 'UsageError', message: /"more" was not expected/ })
  await t.rejects(said(['--tls-name', '*']), { name: 'UsageError', message: /^--tls-name names "\*"/ })
  await t.rejects(said([], { MDE_EMULATOR_TLS_NAME: '*' }), { message: /^variable MDE_EMULATOR_TLS_NAME names "\*"/ })
  await t.rejects(said(['--data-dir', `${folder}/file/x`]), { message: /cannot be used \(ENOTDIR\)/ })
  await t.rejects(said([], { XDG_DATA_HOME: `${folder}/file` }), { message: /Name a folder that can be written with/ })
})
