import { Chance } from '../world/chance.js'
import { ApiError } from './errors.js'
import { type QuirkName, quirkNames, quirks } from './quirks.js'

/** One call of so many fails under `getmissingkbs-flaky-404`. */
const flakiness = 10

/** Quirks that are on. */
export interface QuirkSet {
  has(name: QuirkName): boolean
  /** Two sets that differ have not the same. */
  readonly key: string
}

/** Which quirks are on, by tenant. */
export class Quirks {
  readonly #seed: number
  readonly #usual: QuirkSet
  readonly #own = new Map<string, QuirkSet>()
  /** Calls of getmissingkbs while it was flaky, by tenant. */
  readonly #calls = new Map<string, { count: number; failed: boolean }>()

  /** `chosen` as `--quirks` has them. */
  constructor(seed: number, chosen: readonly string[]) {
    this.#seed = seed
    const on = quirkNames.filter(name => (quirks[name].usual ? !chosen.includes(`no-${name}`) : chosen.includes(name)))
    this.#usual = { ...setOf(on), key: '' }
  }

  /** Of a tenant; of one that nobody knows, those of the start. */
  of(tenant: string | undefined): QuirkSet {
    return (tenant !== undefined && this.#own.get(tenant)) || this.#usual
  }

  names(tenant: string): QuirkName[] {
    const on = this.of(tenant)
    return quirkNames.filter(name => on.has(name))
  }

  /** What was set for a tenant alone. */
  own(tenant: string): QuirkName[] | undefined {
    return this.#own.has(tenant) ? this.names(tenant) : undefined
  }

  /** Those of a tenant, and no others. */
  set(tenant: string, names: readonly QuirkName[]): void {
    this.#own.set(tenant, setOf(quirkNames.filter(name => names.includes(name))))
  }

  reset(tenant?: string): void {
    if (tenant === undefined) {
      this.#own.clear()
      this.#calls.clear()
    } else {
      this.#own.delete(tenant)
      this.#calls.delete(tenant)
    }
  }

  /** Whether a device of a tenant is not found this time. Never twice in a row. */
  flakes(tenant: string): boolean {
    if (!this.of(tenant).has('getmissingkbs-flaky-404')) return false
    const calls = this.#calls.get(tenant) ?? { count: 0, failed: false }
    this.#calls.set(tenant, calls)
    const drawn = new Chance('flaky-404', this.#seed, tenant).below(flakiness, calls.count++, 1) === 0
    calls.failed = drawn && !calls.failed
    return calls.failed
  }
}

/** `getmissingkbs-flaky-404`: the body is that of a device that does not exist. */
export function notFoundThisTime({ machineId }: { machineId: string }): ApiError {
  const reason = 'the quirk getmissingkbs-flaky-404: ask again'
  return new ApiError(404, 'ResourceNotFound', `Machine ${machineId} was not found`, reason)
}

/** `piped-target`: a correlation id as Application Insights writes hierarchical ones. */
export function piped(guid: string): string {
  const hex = guid.replaceAll('-', '')
  return `|${hex.slice(0, 8)}-${hex.slice(8, 24)}.`
}

function setOf(names: readonly QuirkName[]): QuirkSet {
  const set = new Set(names)
  return { has: name => set.has(name), key: names.join() }
}
