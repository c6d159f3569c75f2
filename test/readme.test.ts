import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { endpoints } from '../src/defender/endpoints/index.js'
import { flagOf, quirks, table } from '../src/options.js'

const text = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const readme = text('README.md')

t.test('the README names every option and every operation, and nothing that is not there', async t => {
  for (const name of Object.keys(table)) t.match(readme, `\`${flagOf(name)}`, name)
  for (const quirk of quirks) t.match(readme, quirk)
  const served = endpoints.map(({ path }) => `GET /api${path.replace(/:(\w+)/g, '{$1}')}`)
  const listed = [...readme.matchAll(/^\| `(GET [^`]+)`/gm)].map(([, operation]) => operation!)
  t.same([...listed].sort(), [...served].sort())
  const known = new Set(Object.keys(table).map(flagOf))
  const ofOthers = new Set([
    '--cacert',
    '--data-urlencode',
    '--omit',
    '--role',
    '--scope',
    '--user',
    '--alg',
    '--expires-in',
    '--read-only',
    '--silent',
    '--version'
  ])
  for (const [flag] of readme.matchAll(/--[a-z][a-z-]+/g)) t.ok(known.has(flag) || ofOthers.has(flag), flag)
})

t.test('the version is said once', async t => {
  const { version } = JSON.parse(text('package.json'))
  t.match(readme, `mde-emulator-${version}.tgz`)
  t.match(text('CHANGELOG.md'), `## ${version}`)
})

t.test('what it does not do stands before what it does', async t => {
  t.ok(readme.indexOf('## What it does not do') < readme.indexOf('## What is served'))
  t.match(readme, 'Not affiliated with Microsoft')
})
