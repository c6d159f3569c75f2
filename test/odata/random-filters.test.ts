import t from 'tap'
import { pathOf } from '../../src/defender/endpoint.js'
import { endpoints } from '../../src/defender/endpoints/index.js'
import { entityOf } from '../../src/odata/entity.js'
import { compile } from '../../src/odata/evaluate.js'
import { parseFilter } from '../../src/odata/filter.js'
import { Chance } from '../../src/world/chance.js'
import { emulated, rows as rowsOf } from '../emulator.js'

type Row = Record<string, unknown>
/** An expression as text, and what it means, written without a look at the evaluator. */
interface Made {
  text: string
  holds: (row: Row) => boolean
  /** How tightly it binds: or, and, everything else. */
  binds: 1 | 2 | 3
}
interface Schema {
  type?: string | readonly string[]
  format?: string
  enum?: readonly string[]
  'x-enum-values'?: readonly number[]
  items?: Schema
  properties?: Record<string, Schema>
}

const orders = {
  eq: (order: number) => order === 0,
  ne: (order: number) => order !== 0,
  gt: (order: number) => order > 0,
  ge: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  le: (order: number) => order <= 0
} as const
type Operator = keyof typeof orders

/** Hundred-nanosecond ticks: seven fractional digits do not fit into a Date. */
function ticks(instant: string): bigint {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(instant)!
  return BigInt(Date.parse(`${seconds}Z`)) * 10_000n + BigInt(fraction.padEnd(7, '0'))
}

const compared = (a: string | number | bigint, b: string | number | bigint) => (a < b ? -1 : a > b ? 1 : 0)
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

class Generator {
  readonly #chance: Chance
  readonly #rows: readonly Row[]
  #roll = 0

  constructor(seed: string, rows: readonly Row[]) {
    this.#chance = new Chance('random filters', seed)
    this.#rows = rows
  }

  below(n: number): number {
    return this.#chance.below(n, this.#roll++, 0)
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  /** With and without the parentheses that precedence makes superfluous. */
  expression(schema: Schema, depth: number): Made {
    if (depth === 0 || this.below(4) === 0) return this.leaf(schema)
    if (this.below(3) === 0) {
      const { text, holds } = this.expression(schema, depth - 1)
      return { text: `not (${text})`, holds: row => !holds(row), binds: 3 }
    }
    const [a, b] = [this.expression(schema, depth - 1), this.expression(schema, depth - 1)]
    const binds = this.pick([1, 2] as const)
    const side = ({ text, binds: own }: Made) => (own < binds || this.below(6) === 0 ? `( ${text} )` : text)
    return binds === 2
      ? { text: `${side(a)} and ${side(b)}`, holds: row => a.holds(row) && b.holds(row), binds }
      : { text: `${side(a)} or ${side(b)}`, holds: row => a.holds(row) || b.holds(row), binds }
  }

  leaf(schema: Schema): Made {
    const [name, of] = this.pick(Object.entries(schema.properties!))
    const values = this.#rows.map(row => row[name])
    return { ...this.about(this.cased(name), of, row => row[name], values), binds: 3 }
  }

  /** Names match without regard to case. */
  cased(name: string): string {
    return this.below(8) === 0 ? name.toUpperCase() : name
  }

  about(path: string, of: Schema, read: (row: Row) => unknown, values: readonly unknown[]): Omit<Made, 'binds'> {
    const types = typeof of.type === 'string' ? [of.type] : (of.type ?? ['string'])
    if (types.includes('array')) return this.collection(path, of.items!, read, values)
    if (types.includes('object')) {
      if (this.below(3) === 0) return this.nothing(path, read)
      const [name, inner] = this.pick(Object.entries(of.properties!))
      const under = (value: unknown) => (value as Row | null)?.[name] ?? null
      return this.about(`${path}/${name}`, inner, row => under(read(row)), values.map(under))
    }
    if (this.below(10) === 0) return this.nothing(path, read)
    const known = values.filter(value => value !== null && value !== undefined)
    if (of.enum !== undefined) return this.enumeration(path, of, read)
    if (types.includes('boolean')) return this.truth(path, read)
    if (types.includes('integer') || types.includes('number')) return this.number(path, read, known as number[])
    if (of.format === 'date-time') return this.instant(path, read, known as string[])
    if (of.format === 'uuid') return this.guid(path, read, known as string[])
    return this.text(path, read, known as string[])
  }

  nothing(path: string, read: (row: Row) => unknown): Omit<Made, 'binds'> {
    const operator = this.pick(['eq', 'ne'] as const)
    return { text: `${path} ${operator} null`, holds: row => (operator === 'eq') === ((read(row) ?? null) === null) }
  }

  /** Null is equal to null only, and never less or greater. */
  compare(
    path: string,
    read: (row: Row) => unknown,
    literal: string,
    order: (value: never) => number,
    operators: readonly Operator[] = Object.keys(orders) as Operator[]
  ): Omit<Made, 'binds'> {
    const operator = this.pick(operators)
    const holds = (row: Row) => {
      const value = read(row) ?? null
      return value === null ? operator === 'ne' : orders[operator](order(value as never))
    }
    return { text: `${path} ${operator} ${literal}`, holds }
  }

  text(path: string, read: (row: Row) => unknown, known: readonly string[]): Omit<Made, 'binds'> {
    const whole = known.length === 0 || this.below(5) === 0 ? this.pick(['', "it's", 'x']) : this.pick(known)
    const from = this.below(whole.length + 1)
    const part = whole.slice(from, from + 1 + this.below(5))
    const on = (test: (value: string) => boolean) => (row: Row) => {
      const value = read(row) ?? null
      return value !== null && test(value as string)
    }
    switch (this.below(7)) {
      case 0:
        return { text: `contains(${path},${quoted(part)})`, holds: on(value => value.includes(part)) }
      case 1:
        return {
          text: `startswith(${path}, ${quoted(whole.slice(0, 3))})`,
          holds: on(value => value.startsWith(whole.slice(0, 3)))
        }
      case 2:
        return { text: `endswith(${path},${quoted(part)})`, holds: on(value => value.endsWith(part)) }
      case 3:
        return {
          text: `tolower(${path}) eq ${quoted(whole.toLowerCase())}`,
          holds: on(value => value.toLowerCase() === whole.toLowerCase())
        }
      case 4:
        return { text: `length(${path}) gt ${whole.length}`, holds: on(value => value.length > whole.length) }
      case 5: {
        const list = [whole, this.pick(['a', 'b'])]
        return { text: `${path} in (${list.map(quoted).join(', ')})`, holds: on(value => list.includes(value)) }
      }
      default:
        return this.compare(path, read, quoted(whole), (value: string) => compared(value, whole))
    }
  }

  number(path: string, read: (row: Row) => unknown, known: readonly number[]): Omit<Made, 'binds'> {
    const near = known.length === 0 ? 0 : this.pick(known)
    const number = this.pick([near, near + 1, -1, 0.5])
    if (this.below(5) === 0) {
      const list = [number, 7]
      const holds = (row: Row) => list.includes((read(row) ?? Number.NaN) as number)
      return { text: `${path} in (${list.join(',')})`, holds }
    }
    return this.compare(path, read, String(number), (value: number) => compared(value, number))
  }

  truth(path: string, read: (row: Row) => unknown): Omit<Made, 'binds'> {
    if (this.below(3) === 0) return { text: path, holds: row => read(row) === true }
    const wanted = this.below(2) === 0
    return this.compare(path, read, String(wanted), (value: boolean) => (value === wanted ? 0 : 1), ['eq', 'ne'])
  }

  instant(path: string, read: (row: Row) => unknown, known: readonly string[]): Omit<Made, 'binds'> {
    const near = known.length === 0 ? '2026-01-01T00:00:00Z' : this.pick(known)
    const instant = this.pick([near, near.replace(/\.\d+Z/, 'Z'), `${near.slice(0, 10)}T12:00:00.5Z`])
    return this.compare(path, read, instant, (value: string) => compared(ticks(value), ticks(instant)))
  }

  guid(path: string, read: (row: Row) => unknown, known: readonly string[]): Omit<Made, 'binds'> {
    const guid = known.length === 0 ? '80fe8ff8-2624-418e-9591-41f0491218f9' : this.pick(known)
    const literal = this.pick([guid, guid.toUpperCase(), quoted(guid)])
    return this.compare(path, read, literal, (value: string) => (value.toLowerCase() === guid ? 0 : 1), ['eq', 'ne'])
  }

  enumeration(path: string, of: Schema, read: (row: Row) => unknown): Omit<Made, 'binds'> {
    const members = of.enum!.filter(member => member !== null)
    const rankOf = (member: string) => of['x-enum-values']![of.enum!.indexOf(member)]!
    const member = this.pick(members)
    if (this.below(4) === 0) {
      const list = [member, this.pick(members)]
      const holds = (row: Row) => list.includes((read(row) ?? '') as string)
      return { text: `${path} in (${list.map(quoted).join(',')})`, holds }
    }
    return this.compare(path, read, quoted(member), (value: string) => compared(rankOf(value), rankOf(member)))
  }

  collection(
    path: string,
    items: Schema,
    read: (row: Row) => unknown,
    values: readonly unknown[]
  ): Omit<Made, 'binds'> {
    const elements = (row: Row) => (read(row) ?? []) as unknown[]
    if (this.below(4) === 0) return { text: `${path}/any()`, holds: row => elements(row).length > 0 }
    const kind = this.pick(['any', 'all'] as const)
    const known = values.flatMap(value => (value ?? []) as unknown[])
    const of = items.properties === undefined ? (['', items] as const) : this.pick(Object.entries(items.properties))
    const under = (value: unknown) => (of[0] === '' ? value : ((value as Row)[of[0]] ?? null))
    const body = this.about(of[0] === '' ? 'x' : `x/${of[0]}`, of[1], row => under(row.element), known.map(under))
    const holds = (row: Row) =>
      kind === 'any'
        ? elements(row).some(element => body.holds({ element }))
        : elements(row).every(element => body.holds({ element }))
    return { text: `${path}/${kind}(x: ${body.text})`, holds }
  }
}

t.test(
  'random filters over the rows of every collection agree with an evaluation that was written separately',
  async t => {
    const emulator = await emulated(t, { machines: 40, time: '2026-06-30T12:00:00Z', frozen: true })
    const [machine] = await rowsOf(emulator, '/api/machines')
    const [{ id: software }] = await rowsOf(emulator, "/api/Software?$filter=startswith(name,'windows')")
    const [cve] = await rowsOf(emulator, '/api/vulnerabilities')
    const named: Record<string, string> = {
      Id: software,
      machineId: machine.id,
      cveId: cve.id,
      recommendationId: `va-_-${software}`,
      ip: machine.lastIpAddress,
      timestamp: machine.lastSeen
    }
    let matched = 0
    let made = 0
    for (const endpoint of endpoints) {
      if (endpoint.kind === 'single') continue
      const path = pathOf(endpoint).replace(/\{(\w+)\}/g, (_, name) => named[name]!)
      const rows: Row[] = (
        await rowsOf(emulator, `/api${path}?$top=60&$skip=3&tag=Lab&sinceTime=2026-06-17T00:00:00Z`)
      ).map(({ '@odata.type': _, ...row }) => row)
      const entity = entityOf(endpoint.of)
      const generator = new Generator(endpoint.operationId, rows)
      for (let i = 0; i < 150; i++) {
        const { text, holds } = generator.expression(endpoint.of as unknown as Schema, 4)
        const test = compile(parseFilter(text, entity))
        made++
        for (const row of rows) {
          const found = test(row)
          if (found) matched++
          if (found !== holds(row))
            t.equal(found, holds(row), `${endpoint.operationId}: ${text}\n${JSON.stringify(row)}`)
        }
      }
    }
    t.ok(made > 3_000 && matched > 10_000, `${made} filters, ${matched} matches`)
  }
)
