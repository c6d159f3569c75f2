import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createConfig, lint } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { pathOf } from '../src/defender/endpoint.js'
import { endpoints } from '../src/defender/endpoints/index.js'
import { emulated } from './emulator.js'

const fileOf = (name: string) => fileURLToPath(new URL(`../../openapi/${name}.json`, import.meta.url))
const committed = (name: string) => JSON.parse(readFileSync(fileOf(name), 'utf8'))

// biome-ignore lint/suspicious/noExplicitAny: tests look into them
type Document = any

t.test('the committed documents are what the code says ("npm run openapi" writes them)', async t => {
  const emulator = await emulated(t, { machines: 0 })
  t.strictSame(JSON.parse(JSON.stringify(await emulator.document('api'))), committed('openapi'))
  t.strictSame(JSON.parse(JSON.stringify(await emulator.document('control'))), committed('control'))
})

t.test('they are valid OpenAPI 3.1', async t => {
  for (const name of ['openapi', 'control']) {
    const result = await new Validator().validate(committed(name))
    t.ok(result.valid, JSON.stringify(result.errors))
    t.equal(committed(name).openapi, '3.1.0')
  }
})

t.test("a public linter finds nothing, by Redocly's recommended rules and some more", async t => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      'operation-tag-defined': 'error',
      'parameter-description': 'error',
      'no-invalid-parameter-examples': 'error',
      'no-invalid-schema-examples': 'error',
      // Health and instance discovery refuse nobody.
      'operation-4xx-response': 'off'
    }
  })
  // The root of an OData service ends in a slash (URL Conventions 4.0, section 2).
  const root = '#/paths/~1api~1'
  for (const name of ['openapi', 'control']) {
    const problems = (await lint({ ref: fileOf(name), config })).map(
      ({ ruleId, message, location }) => `${ruleId} at ${location.map(({ pointer }) => pointer).join()}: ${message}`
    )
    const rightly = problems.filter(problem => !problem.startsWith(`no-path-trailing-slash at ${root}:`))
    t.same(rightly, [], name)
    t.equal(problems.length - rightly.length, name === 'openapi' ? 1 : 0, `${name}: and the linter does look`)
  }
})

t.test('every operation has an id, a summary, evidence and its refusals', async t => {
  const ids = new Set<string>()
  for (const name of ['openapi', 'control']) {
    const document: Document = committed(name)
    for (const [path, methods] of Object.entries<Document>(document.paths)) {
      for (const [method, operation] of Object.entries<Document>(methods)) {
        const at = `${method} ${path}`
        t.match(operation.operationId, /^[a-z]\w+$/, at)
        t.notOk(ids.has(operation.operationId), `${at}: its id is unique`)
        ids.add(operation.operationId)
        t.ok(operation.summary, at)
        t.ok(operation['x-fidelity'].length > 0, `${at} says how sure we are`)
        for (const { what, level, source } of operation['x-fidelity']) {
          t.ok(what && source && ['documented', 'observed', 'assumed'].includes(level), at)
        }
        const statuses = Object.keys(operation.responses)
        t.ok(statuses.length > 0, at)
        if (path.startsWith('/api'))
          for (const status of ['200', '400', '401', '403', '500']) t.ok(statuses.includes(status), `${at} ${status}`)
      }
    }
  }
})

t.test('served by the emulator, with its own address', async t => {
  const emulator = await emulated(t)
  for (const url of ['/openapi.json', '/_emulator/openapi.json']) {
    const response = await emulator.inject({ url, headers: { host: 'localhost:7777' } })
    t.equal(response.statusCode, 200, url)
    t.match(response.json().servers, [{ url: 'http://localhost:7777' }], url)
  }
  const document: Document = (await emulator.inject({ url: '/openapi.json' })).json()
  for (const endpoint of endpoints) t.ok(document.paths[`/api${pathOf(endpoint)}`], endpoint.path)
  t.match(document.components.securitySchemes.entra, {
    type: 'oauth2',
    flows: {
      clientCredentials: {
        tokenUrl: /\/oauth2\/v2\.0\/token$/,
        scopes: { 'https://api.securitycenter.microsoft.com/.default': String }
      }
    }
  })
  t.ok(document['x-fidelity'].length > 10, 'decisions')
})

t.test('Swagger UI', async t => {
  const emulator = await emulated(t)
  const page = await emulator.inject({ url: '/docs' })
  t.ok([200, 302].includes(page.statusCode), String(page.statusCode))
  t.equal((await emulator.inject({ url: '/docs/static/swagger-ui.css' })).statusCode, 200)
  const without = await emulated(t, { noDocs: true })
  for (const url of ['/docs', '/openapi.json']) t.equal((await without.inject({ url })).statusCode, 404, url)
})
