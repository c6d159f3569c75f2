import type { Configuration, Facts } from './facts.js'

/** How a device is configured: which of the known configurations concern it, and which of those it lacks. */
export interface Posture {
  readonly key: string
  readonly applicable: ReadonlySet<Configuration>
  readonly lacking: ReadonlySet<Configuration>
}

/** Makes postures and hands out the same one for the same question. */
export class Postures {
  readonly #facts: Facts
  readonly #known = new Map<string, Posture>()

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** Of devices of a role that lack these configurations, as far as they concern them. */
  of(role: string, misconfigured: readonly string[]): Posture {
    const applicable = this.#facts.configurations.filter(({ roles }) => roles.includes(role))
    const lacking = applicable.filter(({ id }) => misconfigured.includes(id))
    const key = `${role} ${lacking.map(({ id }) => id).join(' ')}`
    let posture = this.#known.get(key)
    if (posture === undefined) {
      posture = { key, applicable: new Set(applicable), lacking: new Set(lacking) }
      this.#known.set(key, posture)
    }
    return posture
  }
}
