import { firstFlaw, isDeep } from '../json-schema.js'
import { type FaultInfo, type FaultRule, type Faults, mostRules } from '../traffic/faults.js'
import { presets } from '../traffic/presets.js'
import { flawOfThrottle, type Throttle } from '../traffic/throttle.js'
import { Malformed, NotFound } from '../world/errors.js'
import type { Kept, Tenants } from './kept.js'
import { FaultRuleBody, ThrottleBody } from './schemas-of-traffic.js'

const FaultRulesBody = { type: 'array', maxItems: mostRules, items: FaultRuleBody }

/** Rules that make calls of a tenant fail. */
export class FaultControl implements Kept {
  readonly name = 'faults'
  readonly #faults: Faults
  readonly #tenants: Tenants

  constructor(faults: Faults, tenants: Tenants) {
    this.#faults = faults
    this.#tenants = tenants
  }

  /** Adds a rule, or puts it in the place of the one with its id. Rejects what is no rule. */
  async add(rule: FaultRule, tenant = this.#tenants.defaultTenant): Promise<FaultInfo> {
    const flaw = (await firstFlaw(FaultRuleBody, rule)) ?? contradictionIn(rule)
    if (flaw !== undefined) throw new Malformed(`the fault rule, at ${flaw.place}: ${flaw.problem}`)
    this.#tenants.of(tenant)
    return this.#faults.add(tenant, rule)
  }

  /** Adds one of the rules that have a name. */
  preset(name: string, tenant = this.#tenants.defaultTenant): FaultInfo {
    const preset = Object.hasOwn(presets, name) ? presets[name] : undefined
    if (preset === undefined) {
      throw new NotFound(`Preset ${name} was not found; there are ${Object.keys(presets).join(', ')}`)
    }
    this.#tenants.of(tenant)
    return this.#faults.add(tenant, { id: name, ...preset.rule })
  }

  presets(): { id: string; about: string; rule: FaultRule }[] {
    return Object.entries(presets).map(([id, preset]) => ({ id, ...preset }))
  }

  /** Rules of a tenant, with what they did. */
  list(tenant = this.#tenants.defaultTenant): FaultInfo[] {
    return this.#faults.list(tenant)
  }

  remove(id: string, tenant = this.#tenants.defaultTenant): void {
    this.#faults.remove(tenant, id)
  }

  clear(tenant = this.#tenants.defaultTenant): void {
    this.#faults.clear(tenant)
  }

  state(tenant: string): FaultRule[] | undefined {
    return this.#faults.rules(tenant)
  }

  async flawOf(state: unknown): Promise<string | undefined> {
    let flaw = await firstFlaw(FaultRulesBody, state)
    for (const rule of flaw === undefined ? (state as FaultRule[]) : []) flaw ??= contradictionIn(rule)
    return flaw && `its fault rules, at ${flaw.place}: ${flaw.problem}`
  }

  restore(tenant: string, state: unknown): void {
    this.#faults.clear(tenant)
    for (const rule of (state as FaultRule[] | undefined) ?? []) this.#faults.add(tenant, rule)
  }
}

/** How calls of a tenant are limited: `off`, `documented`, or calls in a time (`100/1m`). */
export class ThrottleControl implements Kept {
  readonly name = 'throttle'
  readonly #throttle: Throttle
  readonly #tenants: Tenants

  constructor(throttle: Throttle, tenants: Tenants) {
    this.#throttle = throttle
    this.#tenants = tenants
  }

  get(tenant = this.#tenants.defaultTenant): string {
    return this.#throttle.setting(tenant)
  }

  /** Limits a tenant otherwise; what it used so far is forgotten. */
  set(limits: string, tenant = this.#tenants.defaultTenant): void {
    const flaw = flawOfThrottle(limits)
    if (flaw !== undefined) throw new Malformed(`"${limits}" is no limit; it must be ${flaw}`)
    this.#tenants.of(tenant)
    this.#throttle.set(tenant, limits)
  }

  state(tenant: string): string | undefined {
    return this.#throttle.own(tenant)
  }

  async flawOf(state: unknown): Promise<string | undefined> {
    const flaw = await firstFlaw(ThrottleBody, { limits: state })
    return flaw && `its limits: ${flaw.problem}`
  }

  restore(tenant: string, state: unknown): void {
    this.#throttle.reset(tenant)
    if (state !== undefined) this.#throttle.set(tenant, state as string)
  }
}

/** What a schema cannot say. */
function contradictionIn({ when, answer }: FaultRule): { place: string; problem: string } | undefined {
  const { delay, effect, status, body, bytesPerSecond, code, message } = answer
  if (typeof delay === 'object' && delay.min > delay.max) return { place: '/answer/delay', problem: 'min is above max' }
  const whole = [effect !== undefined && 'effect', (status !== undefined || body !== undefined) && 'status or body']
  const chosen = [...whole, bytesPerSecond !== undefined && 'bytesPerSecond'].filter(Boolean)
  if (chosen.length > 1) return { place: '/answer', problem: `${chosen.join(' and ')} exclude each other` }
  if (isDeep(body)) return { place: '/answer/body', problem: 'it is nested deeper than 100' }
  if (answer.headers !== undefined && status === undefined && body === undefined) {
    return { place: '/answer/headers', problem: 'headers want a status or a body' }
  }
  if (status === undefined && (code !== undefined || message !== undefined)) {
    return { place: '/answer', problem: 'code and message want a status' }
  }
  if (body !== undefined && (code !== undefined || message !== undefined)) {
    return { place: '/answer', problem: 'code and message stand in the body of the service, which body replaces' }
  }
  if (effect === 'expired' && !when?.skip) {
    return { place: '/when/skip', problem: 'tokens that were used in the calls before expire: say how many pass' }
  }
  return undefined
}
