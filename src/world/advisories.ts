import type { Installation } from './condition.js'
import type { Advisory, Facts } from './facts.js'
import { compareVersions } from './versions.js'

/**
 * Vulnerabilities of software that no KB fixes: what an advisory names is open in every version below the one that
 * fixes it. A version that nobody knows is taken as sound.
 */
export class Advisories {
  readonly #facts: Facts
  readonly #day: string
  readonly #known = new Map<string, readonly Advisory[]>()

  /** `day` is world time: later advisories are not out yet. */
  constructor(facts: Facts, day: string) {
    this.#facts = facts
    this.#day = day
  }

  /** Those that an installation has not taken, oldest first. */
  open({ product, version }: Installation): readonly Advisory[] {
    if (version === null) return []
    const key = `${product.index}@${version}`
    let open = this.#known.get(key)
    if (open === undefined) {
      open = this.#facts
        .advisoriesOn(product)
        .filter(({ released, fixedIn }) => released <= this.#day && compareVersions(version, fixedIn) < 0)
      this.#known.set(key, open)
    }
    return open
  }
}
