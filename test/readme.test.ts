import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { endpoints } from '../src/defender/endpoints/index.js'
import { isUnserved, unserved } from '../src/defender/operations.js'
import { quirkNames } from '../src/defender/quirks.js'
import { flagOf, scenarios, table } from '../src/options.js'
import { supported } from '../src/supported.js'
import { listScenarios } from '../src/world/scenarios.js'
import { documentedDevice, emulated } from './emulator.js'

const text = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const readme = text('README.md')

t.test('the README names every option, and nothing that is not there', async t => {
  for (const name of Object.keys(table)) t.match(readme, `\`${flagOf(name)}`, name)
  for (const quirk of quirkNames) t.match(readme, quirk)
  const known = new Set(Object.keys(table).map(flagOf))
  const ofOthers = new Set([
    '--cacert',
    '--connect-to',
    '--proxy',
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

t.test('the README has every scenario with its numbers', async t => {
  for (const { name, measured } of listScenarios(scenarios)) {
    const cells = readme
      .match(new RegExp(`^\\| \`${name}\` \\|(.*)\\|$`, 'm'))![1]!
      .split('|')
      .slice(1)
      .map(cell => cell.trim())
    const { machines, missingUpdates, exposureScore } = measured ?? {}
    const numbers = [machines, missingUpdates].map(number => number?.toLocaleString('en-US') ?? '')
    t.same(cells, [...numbers, exposureScore?.toFixed(1) ?? ''], name)
  }
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

t.test('SUPPORTED.md is what the code says', async t => {
  t.equal(text('SUPPORTED.md'), supported(), 'else run npm run openapi')
  for (const { doc, permissions, evidence } of endpoints) {
    for (const word of [doc, ...permissions.application, ...permissions.delegated]) t.match(supported(), word)
    t.ok(evidence.length > 0, doc)
  }
  for (const family of unserved.families) t.ok(isUnserved(`/${family}`) && isUnserved(`/${family}('1')/x`), family)
  const emulator = await emulated(t, { machines: 1 })
  const headers = { host: 'localhost', ...(await emulator.headers()) }
  for (const operation of [...unserved.operations, ...unserved.families.map(family => `GET /api/${family}`)]) {
    const [method = '', url = ''] = operation.replace('{machineId}', documentedDevice).split(' ')
    t.equal((await emulator.inject({ method, url, headers })).statusCode, 501, operation)
  }
})
