/** How often it was asked for what, since the start. */
export interface Counts {
  /** Calls below `/api`, and of those the ones that were refused or failed. */
  api: number
  refused: number
  /** Tokens that were given, and requests for one that were refused. */
  tokens: number
  signInsRefused: number
  /** Tunnels that were opened to the real service's names, and those to other names that were refused. */
  tunnels: number
  tunnelsRefused: number
}

/** Counts what comes in. */
export class Tally {
  #counts: Counts = zero()
  /** Reasons for refusals, each with how often. */
  readonly #reasons = new Map<string, number>()

  get counts(): Readonly<Counts> {
    return this.#counts
  }

  /** The refusals that happened most, each with its reason. */
  get reasons(): readonly [reason: string, times: number][] {
    return [...this.#reasons].sort(([, a], [, b]) => b - a)
  }

  /** An answer. `reason` is why it was refused. */
  answered(path: string, status: number, reason: string | undefined): void {
    const counts = this.#counts
    const failed = status >= 400
    if (/^\/+api(?:\/|$)/i.test(path)) {
      counts.api++
      if (failed) counts.refused++
    } else if (/\/oauth2\/(?:v2\.0\/)?token$/i.test(path)) {
      if (failed) counts.signInsRefused++
      else counts.tokens++
    } else if (!failed) return
    if (failed && reason !== undefined && (this.#reasons.has(reason) || this.#reasons.size < mostReasons)) {
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
    }
  }

  tunnelled(refused: boolean): void {
    if (refused) this.#counts.tunnelsRefused++
    else this.#counts.tunnels++
  }

  reset(): void {
    this.#counts = zero()
    this.#reasons.clear()
  }
}

/** Reasons that are told apart. */
const mostReasons = 100

function zero(): Counts {
  return { api: 0, refused: 0, tokens: 0, signInsRefused: 0, tunnels: 0, tunnelsRefused: 0 }
}
