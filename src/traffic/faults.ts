import { Chance } from '../world/chance.js'
import { Malformed, NotFound } from '../world/errors.js'
import { pathPattern } from './path-pattern.js'

/** The header that names the rule which made an answer what it is, so that nobody is misled. */
export const faultHeader = 'x-emulator-fault'

/** Which calls a rule is about; what is absent is any. */
export interface FaultMatch {
  method?: string
  /** `*` stands for anything within a segment, `**` for any number of segments: `/api/**`, `/** /token` (without the blank). */
  path?: string
  /** Client id. */
  application?: string
}

/** When a rule strikes, counted in the calls that it is about. */
export interface FaultTiming {
  /** The first so many pass. */
  skip?: number
  /** Of those after them every n-th is struck. */
  every?: number
  /** So often, then never again; without an end when absent. */
  times?: number
  /** From 0 to 1, drawn by the seed: the same calls are struck in every run. */
  probability?: number
}

/** What happens to a call. A delay goes before everything else; alone, the real answer comes late. */
export interface FaultAnswer {
  /** HTTP status, with the body that the service has for it. */
  status?: number
  /** Code in that body: of the API (`ServiceUnavailable`) or of the sign-in service (`90033`, `AADSTS90033`). */
  code?: string
  message?: string
  /** In the place of the service's body. */
  body?: unknown
  headers?: Record<string, string>
  /** Milliseconds, or a range that is drawn from by the seed. */
  delay?: number | { min: number; max: number }
  /** The real answer, but so many bytes a second. */
  bytesPerSecond?: number
  /**
   * `reset` the connection, send `nothing`, `truncate` the real answer, make its JSON `malformed`, or refuse the token as
   * `expired`: those that were used before the rule struck, not those that are fetched then.
   */
  effect?: 'reset' | 'nothing' | 'truncate' | 'malformed' | 'expired'
}

export interface FaultRule {
  id?: string
  match?: FaultMatch
  when?: FaultTiming
  answer: FaultAnswer
}

/** A rule with what it did. */
export interface FaultInfo extends FaultRule {
  id: string
  /** Calls that it was about, and those of them that it struck. */
  matched: number
  struck: number
}

/** A call, as far as rules look at it. */
export interface FaultCall {
  method: string
  path: string
  application: string | undefined
  /** Tells its token from others. */
  token: string | undefined
}

/** What strikes a call. */
export interface Strike {
  rule: string
  answer: FaultAnswer
  /** Milliseconds to wait first. */
  delay: number
}

interface Kind extends FaultRule {
  id: string
  matched: number
  struck: number
  fits: (call: FaultCall) => boolean
  /** Tokens that were used before it struck, which have expired since. */
  tokens: Set<string>
}

const field = { strikes: 1, delay: 2 } as const
/** Rules of a tenant. */
export const mostRules = 200
/** Tokens that a rule remembers. */
const mostTokens = 10_000

/** Rules that make calls fail, by tenant. The first that strikes decides; those before it have counted the call. */
export class Faults {
  readonly #seed: number
  readonly #tenants = new Map<string, Kind[]>()
  #made = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Whether there is any rule: without one nothing is asked. */
  get idle(): boolean {
    return this.#tenants.size === 0
  }

  add(tenant: string, rule: FaultRule): FaultInfo {
    const rules = this.#tenants.get(tenant) ?? []
    if (rules.length >= mostRules) throw new Malformed(`a tenant can have ${mostRules} fault rules; remove one first`)
    const id = rule.id ?? this.#freeId(rules)
    const kind = kindOf({ ...rule, id })
    const place = rules.findIndex(known => known.id === id)
    if (place === -1) rules.push(kind)
    else rules[place] = kind
    this.#tenants.set(tenant, rules)
    return infoOf(kind)
  }

  list(tenant: string): FaultInfo[] {
    return (this.#tenants.get(tenant) ?? []).map(infoOf)
  }

  remove(tenant: string, id: string): void {
    const rules = this.#tenants.get(tenant) ?? []
    const rest = rules.filter(rule => rule.id !== id)
    if (rest.length === rules.length) throw new NotFound(`Fault ${id} was not found`)
    if (rest.length === 0) this.#tenants.delete(tenant)
    else this.#tenants.set(tenant, rest)
  }

  /** Of one tenant, or all. */
  clear(tenant?: string): void {
    if (tenant === undefined) this.#tenants.clear()
    else this.#tenants.delete(tenant)
  }

  reset(tenant?: string): void {
    this.clear(tenant)
    if (tenant === undefined) this.#made = 0
  }

  /** What strikes a call of a tenant, if anything does. */
  strike(tenant: string, call: FaultCall): Strike | undefined {
    for (const rule of this.#tenants.get(tenant) ?? []) {
      if (!rule.fits(call)) continue
      const { id, answer, when: { skip = 0, every = 1, times = Number.POSITIVE_INFINITY, probability = 1 } = {} } = rule
      // What has no token cannot lose it.
      if (answer.effect === 'expired' && call.token === undefined) continue
      const n = rule.matched++
      const chance = new Chance('fault', this.#seed, tenant, id)
      if (answer.effect === 'expired' && call.token !== undefined && this.#passes(rule, call.token, n < skip)) continue
      if (n < skip || (n - skip + 1) % every !== 0 || rule.struck >= times) continue
      if (probability < 1 && chance.roll(n, field.strikes) >= probability * 0x1_0000_0000) continue
      rule.struck++
      const { delay = 0 } = answer
      const waits =
        typeof delay === 'number' ? delay : delay.min + chance.below(delay.max - delay.min + 1, n, field.delay)
      return { rule: id, answer, delay: waits }
    }
    return undefined
  }

  /** Those of a tenant as they were given; undefined when there are none. */
  rules(tenant: string): FaultRule[] | undefined {
    return this.#tenants.get(tenant)?.map(ruleOf)
  }

  #freeId(rules: readonly Kind[]): string {
    for (;;) {
      const id = `fault-${++this.#made}`
      if (!rules.some(rule => rule.id === id)) return id
    }
  }

  /** A token that is first used once others have expired is a fresh one. */
  #passes({ tokens }: Kind, token: string, before: boolean): boolean {
    if (before && tokens.size < mostTokens) tokens.add(token)
    return !before && !tokens.has(token)
  }
}

function kindOf(rule: FaultRule & { id: string }): Kind {
  const { method, path, application } = rule.match ?? {}
  const fitsPath = path === undefined ? undefined : pathPattern(path)
  const fits = (call: FaultCall) =>
    (method === undefined || method.toUpperCase() === call.method) &&
    (application === undefined || application.toLowerCase() === call.application?.toLowerCase()) &&
    (fitsPath === undefined || fitsPath(call.path))
  return { ...rule, matched: 0, struck: 0, fits, tokens: new Set() }
}

function ruleOf({ id, match, when, answer }: Kind): FaultRule & { id: string } {
  return { id, ...(match && { match }), ...(when && { when }), answer }
}

function infoOf(kind: Kind): FaultInfo {
  return { ...ruleOf(kind), matched: kind.matched, struck: kind.struck }
}
