import t from 'tap'
import type { Operation, Schema } from '../../src/control/operation.js'
import { operations } from '../../src/control/operations/index.js'
import { Chance } from '../../src/world/chance.js'
import { documentedDevice, emulated, tenant } from '../emulator.js'

/** Calls of an operation: more where there is more to get wrong, few where one takes long. */
function roundsOf({ path, body }: Operation): number {
  if (path === '/invariants') return 8
  return body === undefined ? 40 : 120
}

type Roll = (n: number) => number

/** Values that mean something somewhere: without them nothing would ever be found. */
const telling = [
  documentedDevice,
  tenant,
  'aaaabbbb-0000-cccc-1111-dddd2222eeef',
  '4540673',
  'microsoft-_-edge',
  'google-_-chrome',
  'first',
  'P1D',
  'PT1H',
  '2027-01-01T00:00:00Z',
  'install',
  'alex@contoso.com'
]
const strange = [
  '',
  ' ',
  '\u0000',
  '../../etc/passwd',
  '%',
  'é'.repeat(300),
  '__proto__',
  'constructor',
  "'; drop table",
  '1e999',
  '-1',
  'null',
  '9'.repeat(30),
  '*'.repeat(200)
]
const values: unknown[] = [null, true, 0, -1, 1.5, 1e308, [], {}, [[]], { __proto__: null, a: 1 }, ...strange]

/** What fits a parameter of that name. */
const fitting: Record<string, string[]> = {
  id: [documentedDevice, tenant],
  kb: ['4540673', '4550922'],
  software: ['google-_-chrome', '7-zip-_-7-zip'],
  tenant: [tenant, 'aaaabbbb-0000-cccc-1111-dddd2222eeef']
}

function textOf(schema: Schema, roll: Roll, name = ''): string {
  const own = fitting[name]
  if (own !== undefined && roll(4) > 0) return own[roll(own.length)]!
  const { examples, pattern } = schema as { examples?: string[]; pattern?: string }
  const known = [...(examples ?? []), ...telling].filter(
    text => pattern === undefined || new RegExp(pattern).test(text)
  )
  const texts = roll(8) === 0 || known.length === 0 ? strange : known
  return texts[roll(texts.length)]!
}

/** A value that the schema allows, or nearly. */
function fuzzed(schema: Schema, roll: Roll, depth = 0): unknown {
  if (roll(25) === 0 || depth > 6) return values[roll(values.length)]
  const { enum: choices, oneOf, anyOf } = schema as { enum?: unknown[]; oneOf?: Schema[]; anyOf?: Schema[] }
  if (choices !== undefined) return choices[roll(choices.length)]
  const either = oneOf ?? anyOf
  if (either !== undefined) return fuzzed(either[roll(either.length)]!, roll, depth)
  const types = [schema.type].flat()
  switch (types[roll(types.length)]) {
    case 'object': {
      const {
        properties = {},
        required = [],
        additionalProperties
      } = schema as {
        properties?: Record<string, Schema>
        required?: string[]
        additionalProperties?: Schema | boolean
      }
      const object: Record<string, unknown> = {}
      for (const [name, of] of Object.entries(properties)) {
        if (roll(30) === 0 || (!required.includes(name) && roll(2) === 0)) continue
        object[name] = fuzzed(of, roll, depth + 1)
      }
      if (roll(20) === 0) object[strange[roll(strange.length)]!] = 1
      if (typeof additionalProperties === 'object') {
        object[telling[roll(telling.length)]!] = fuzzed(additionalProperties, roll, depth + 1)
      }
      return object
    }
    case 'array':
      return Array.from({ length: roll(3) }, () => fuzzed((schema.items ?? {}) as Schema, roll, depth + 1))
    case 'integer':
      return roll(3) === 0 ? [0, -1, 2 ** 53, 1.5][roll(4)] : roll(500)
    case 'number':
      return [0, 0.5, 1, -1, 1e9][roll(5)]
    case 'boolean':
      return roll(2) === 0
    case 'null':
      return null
    case 'string':
      return textOf(schema, roll)
    default:
      return values[roll(values.length)]
  }
}

/** As a query can hold it. */
function queryText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function callOf(operation: Operation, roll: Roll) {
  const path = operation.path.replace(/:(\w+)/g, (_, name) =>
    encodeURIComponent(textOf(operation.params?.[name] ?? {}, roll, name) || 'x')
  )
  const query = new URLSearchParams()
  for (const [name, schema] of Object.entries(operation.query ?? {})) {
    if (roll(3) === 0) query.append(name, queryText(fuzzed(schema, roll)))
  }
  if (operation.tenant !== undefined && roll(2) === 0) query.append('tenant', textOf({}, roll, 'tenant'))
  if (roll(25) === 0) query.append('unknown', '1')
  const body = operation.body === undefined ? undefined : JSON.stringify(fuzzed(operation.body, roll))
  const broken = roll(25) === 0 ? (body ?? '{').slice(0, -1) : body
  return {
    method: operation.method,
    url: `/_emulator${path}${query.size > 0 ? `?${query}` : ''}`,
    headers: { host: 'localhost:6330', 'content-type': 'application/json' },
    ...(broken !== undefined && { payload: broken })
  }
}

t.test('every call, fuzzed from its own schemas: done, or refused with a reason and without a trace', async t => {
  const emulator = await emulated(t, { time: '2026-11-23T12:00:00Z', frozen: true, machines: 300 })
  const { control } = emulator
  /** Everything that a call may change. */
  const state = () => {
    control.snapshots.take('all')
    const all = JSON.stringify([control.snapshots.export('all'), control.tenants(), control.deviceCodes()])
    control.snapshots.remove('all')
    return JSON.stringify([all, control.snapshots.list()])
  }
  const seen = new Map<number, number>()
  let useful = 0
  for (const operation of operations) {
    if (/stream/.test(operation.path)) {
      t.comment(`${operation.operationId} is left out: its answer does not end`)
      continue
    }
    const chance = new Chance('control fuzz', operation.operationId)
    const rounds = roundsOf(operation)
    let done = 0
    for (let round = 0; round < rounds; round++) {
      let field = 0
      const call = callOf(operation, n => chance.below(n, round, field++))
      const before = state()
      const response = await emulator.inject(call)
      const { statusCode } = response
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1)
      const shown = `${operation.operationId}: ${call.method} ${call.url} ${call.payload ?? ''} -> ${statusCode} ${response.body.slice(0, 300)}`
      if (statusCode >= 500) t.fail(shown)
      if (statusCode < 300) done++
      if (statusCode >= 400) {
        const { error } = response.json()
        if (!error?.message) t.fail(`no reason: ${shown}`)
        if (statusCode === 400 && state() !== before) t.fail(`changed something: ${shown}`)
        if (!(statusCode in operation.answers) && ![400, 404, 409, 414].includes(statusCode))
          t.fail(`not documented: ${shown}`)
      }
      if (round % 30 === 29) control.reset()
    }
    if (done > 0) useful++
    t.comment(`${operation.operationId}: ${done} of ${rounds} were done`)
  }
  t.ok(useful > operations.length * 0.7, `${useful} of ${operations.length} operations were done at least once`)
  t.ok((seen.get(400) ?? 0) > 200, JSON.stringify(Object.fromEntries(seen)))
  t.same((await control.invariants()).violations, [])
})
