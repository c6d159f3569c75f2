import t from 'tap'
import { operations } from '../../src/control/operations/index.js'
import { emulated } from '../emulator.js'

/** A path of each operation that is well formed, whether or not what it names exists. */
const calls = operations.map(({ method, path, operationId }) => ({
  operationId,
  method,
  url: `/_emulator${path.replace(/:(\w+)/g, 'x')}`
}))

t.test('every call wants the admin token where there is one', async t => {
  const emulator = await emulated(t, { machines: 1, adminToken: 'open-sesame-1' })
  const wrong = [
    undefined,
    'Bearer open-sesame',
    'Bearer open-sesame-12',
    'Basic open-sesame-1',
    'open-sesame-1',
    'Bearer '
  ]
  for (const { operationId, method, url } of calls) {
    for (const authorization of wrong) {
      const headers = { host: 'localhost', ...(authorization !== undefined && { authorization }) }
      const { statusCode } = await emulator.inject({ method, url, headers, payload: '{}' })
      if (statusCode !== 401) t.fail(`${operationId} with ${authorization}: ${statusCode}`)
    }
  }
  const headers = { host: 'anything.example', authorization: 'Bearer open-sesame-1' }
  t.equal((await emulator.inject({ url: '/_emulator/info', headers })).statusCode, 200, 'any name, with the token')
})

t.test('no page of another site, and no name that is not ours, reaches any call', async t => {
  const emulator = await emulated(t, { machines: 1 })
  emulator.control.snapshots.take('x')
  const before = JSON.stringify([
    emulator.control.info(),
    emulator.control.snapshots.list(),
    emulator.control.tenants()
  ])
  for (const { operationId, method, url } of calls) {
    for (const [headers, status] of [
      [{ host: 'localhost', origin: 'http://evil.example' }, 403],
      [{ host: 'localhost', origin: 'null' }, 403],
      [{ host: 'localhost:6330', origin: 'http://localhost:6331' }, 403],
      [{ host: 'evil.example' }, 403],
      [{ host: 'localhost.evil.example' }, 403],
      [{ host: '127.0.0.1.evil.example' }, 403],
      [{ host: 'api.securitycenter.microsoft.com' }, 404],
      [{ host: 'login.microsoftonline.com' }, 404]
    ] as const) {
      const answer = await emulator.inject({ method, url, headers: { ...headers }, payload: '{}' })
      if (answer.statusCode !== status) t.fail(`${operationId} with ${JSON.stringify(headers)}: ${answer.statusCode}`)
      for (const header of Object.keys(answer.headers)) {
        if (/^access-control-/i.test(header)) t.fail(`${operationId} answers ${header}`)
      }
    }
  }
  const after = JSON.stringify([emulator.control.info(), emulator.control.snapshots.list(), emulator.control.tenants()])
  t.equal(after.replace(/"now":"[^"]+"/, ''), before.replace(/"now":"[^"]+"/, ''), 'and nothing was done')
})

t.test('bodies are bounded, and no path of a request leads to a file', async t => {
  const emulator = await emulated(t, { machines: 1 })
  const headers = { host: 'localhost' }
  for (const { operationId, method, url } of calls) {
    if (method === 'GET') continue
    const big = operations.find(operation => operation.operationId === operationId)?.bodyLimit
    if (big !== undefined) continue
    const { statusCode } = await emulator.inject({ method, url, headers, payload: ' '.repeat(1024 * 1024 + 1) })
    if (![400, 413].includes(statusCode)) t.fail(`${operationId}: ${statusCode}`)
  }
  for (const url of [
    '/_emulator/snapshots/..%2f..%2fetc%2fpasswd',
    '/_emulator/snapshots/%2e%2e',
    '/_emulator/..%2f..%2fpackage.json',
    '/_emulator/snapshots/x%00y'
  ]) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { statusCode, body } = await emulator.inject({ method, url, headers, payload: '{}' })
      if (statusCode < 400 || statusCode >= 500) t.fail(`${method} ${url}: ${statusCode} ${body}`)
    }
  }
  t.pass('refused')
})
