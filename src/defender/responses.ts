import type { Entity, Property } from '../odata/entity.js'
import type { Rows } from '../odata/page.js'
import { Chance } from '../world/chance.js'
import type { MutationName, ResponseMode } from './mutations.js'

type Row = Record<string, unknown>

/** The header that names what was done to an answer. */
export const responsesHeader = 'x-emulator-responses'

/** By these a client finds the next thing to ask for. */
const links = new Set(
  'id,deviceId,machineId,cveId,productId,fixingKbId,recommendedSecurityUpdateId,recommendationReference,softwareVendor,softwareName,softwareVersion,exportFiles'.split(
    ','
  )
)
const names = /(?:name|names|title|description|publisher|tags)$/i
/** Beyond 2^53 only what JSON.stringify writes as a legal Int64: its last stays below 2^63. */
const int64Edges = [0, -1, 2 ** 31, 2 ** 53, 2 ** 63 - 1024]
const int32Edges = [0, -1, 2 ** 31 - 1]
const strangeNames = [
  'Größe – 名前 Cafe\u0301 \u202eniram\u202c 👩‍💻',
  '"quoted" \\back\\slash\\ <b>&amp;</b> \'; -- %24 %',
  'line\nbreak\ttab\u2028separator',
  'x'.repeat(4_096),
  ' '
]

/** What is drawn for. */
const field = { list: 0, order: 1, unknown: 2, property: 16 } as const

/** How the answers of each tenant are made. */
export class Responses {
  readonly #seed: number
  readonly #usual: ResponseMode
  readonly #own = new Map<string, ResponseMode>()

  constructor(seed: number, usual: ResponseMode) {
    this.#seed = seed
    this.#usual = usual
  }

  mode(tenant: string): ResponseMode {
    return this.#own.get(tenant) ?? this.#usual
  }

  /** What was set for a tenant alone. */
  own(tenant: string): ResponseMode | undefined {
    return this.#own.get(tenant)
  }

  set(tenant: string, mode: ResponseMode): void {
    this.#own.set(tenant, mode)
  }

  reset(tenant?: string): void {
    if (tenant === undefined) this.#own.clear()
    else this.#own.delete(tenant)
  }

  /** What makes the answer to a call otherwise; undefined when it is made as usual. */
  rewriting(tenant: string, call: string): Rewriting | undefined {
    const mode = this.mode(tenant)
    return mode === 'usual' ? undefined : new Rewriting(mode, new Chance('responses', this.#seed, tenant, call))
  }
}

/** Makes one answer otherwise, within what the contract permits; the same call is always answered the same. */
export class Rewriting {
  readonly #worst: boolean
  readonly #chance: Chance
  /** What was done. */
  readonly done = new Set<MutationName>()

  constructor(mode: ResponseMode, chance: Chance) {
    this.#worst = mode === 'legal-worst'
    this.#chance = chance
  }

  /** For the header. An answer that is sent while it is made may have more of it than is known at its beginning. */
  get summary(): string {
    return `${this.#worst ? 'legal-worst' : 'sparse'}; ${[...this.done].join(', ') || 'nothing to do'}`
  }

  /** The rows to choose from. `below` says that they belong to an entity. */
  choice(rows: Rows<object>, below: boolean): Rows<object> {
    if (this.#worst || !below || this.#chance.below(4, 0, field.list) !== 0) return rows
    this.done.add('empty-value')
    return []
  }

  /** Whether this page is to be empty, with a link to what it should have held. */
  emptyPage(isFirst: boolean): boolean {
    if (!this.#worst || !isFirst) return false
    this.done.add('empty-page')
    return true
  }

  /** The rows of a page. */
  rows(rows: Rows<object>, entity: Entity, skip: number): Rows<object> {
    return { length: rows.length, at: index => this.row(rows.at(index)!, entity, skip + index) }
  }

  /** One row, or the properties of a single entity. */
  row(row: object, entity: Entity, number: number): object {
    // A row may work out its properties when they are looked at.
    const plain = JSON.parse(JSON.stringify(row)) as Row
    const first = this.#object(plain, entity, number, field.property)
    if (!this.#worst) return first
    this.done.add('unknown-properties')
    const unknown = {
      emulatorAdded: [{ property: [null, 1.5e-7, { nested: {} }] }, []],
      '@emulator.unknown': true
    }
    return this.#shuffled(this.#chance.below(2, number, field.unknown) === 0 ? first : { ...unknown, ...first }, number)
  }

  #object(row: Row, entity: Entity, number: number, from: number): Row {
    return Object.fromEntries(
      Object.entries(row).map(([name, value], place) => {
        const property = entity.find(name)
        const kept = property === undefined || links.has(name)
        return [name, kept ? value : this.#value(value, property, number, from + place * field.property)]
      })
    )
  }

  #value(value: unknown, property: Property, number: number, at: number): unknown {
    const { collection, nullable, family, edmType, entity, name } = property
    const draws = (n: number, sides: number) => this.#chance.below(sides, number, at + n) === 0
    if (collection) {
      if (this.#worst && !draws(1, 4)) return this.#members(value, property, number, at)
      this.done.add('empty-collections')
      return []
    }
    if (nullable && (!this.#worst || draws(1, 4))) {
      this.done.add('nulls')
      return null
    }
    if (value === null) return null
    if (entity !== undefined) return this.#object(value as Row, entity, number, at + 1)
    if (!this.#worst) return value
    if (edmType === 'Edm.Int64' || edmType === 'Edm.Int32') {
      if (!draws(2, 6)) return value
      this.done.add('integer-edges')
      return this.#one(edmType === 'Edm.Int64' ? int64Edges : int32Edges, number, at + 3)
    }
    return family === 'string' && names.test(name) && draws(4, 4) ? this.#name(value, number, at + 5) : value
  }

  #members(value: unknown, { entity, family, name }: Property, number: number, at: number): unknown {
    const members = value as unknown[]
    if (entity !== undefined) return members.map((member, n) => this.#object(member as Row, entity, number, at + n + 1))
    return family === 'string' && names.test(name)
      ? members.map((member, n) => (n === 0 ? this.#name(member, number, at + 2) : member))
      : members
  }

  #name(value: unknown, number: number, at: number): string {
    this.done.add('long-names')
    return `${value} ${this.#one(strangeNames, number, at)}`
  }

  #one<T>(choices: readonly T[], number: number, at: number): T {
    return choices[this.#chance.below(choices.length, number, at)]!
  }

  #shuffled(row: Row, number: number): Row {
    // Those that say how to read the others come first, as streaming demands.
    const isControl = ([name]: [string, unknown]) => name.startsWith('@odata.')
    const control = Object.entries(row).filter(isControl)
    const members = Object.entries(row).filter(member => !isControl(member))
    for (let last = members.length - 1; last > 0; last--) {
      const other = this.#chance.below(last + 1, number, field.order + last * 1_000)
      ;[members[last], members[other]] = [members[other]!, members[last]!]
    }
    this.done.add('member-order')
    return Object.fromEntries([...control, ...members])
  }
}
