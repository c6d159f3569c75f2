import { Advisories } from './advisories.js'
import { type Exposure, exposureThrough } from './exposure.js'
import type { Advisory, Facts, Product } from './facts.js'
import { type Finding, findingsOf } from './findings.js'
import { type PatchState, PatchStates } from './patch-states.js'
import type { Posture } from './posture.js'
import { Shared } from './shared.js'
import { versionOf } from './versions.js'

/** A product on a device. */
export interface Installation {
  readonly product: Product
  /** Null when nobody says (Windows and what comes with it: its revision follows from the updates). */
  readonly version: string | null
}

/** What is so on a day, in the worlds of all tenants. */
export class Ground {
  readonly facts: Facts
  readonly advisories: Advisories
  readonly states: PatchStates
  readonly #conditions = new Shared<Condition>()

  constructor(facts: Facts, day: string) {
    this.facts = facts
    this.advisories = new Advisories(facts, day)
    this.states = new PatchStates(day)
  }

  condition(installations: readonly Installation[], patches: PatchState, posture: Posture): Condition {
    const key = conditionKey(installations, patches, posture)
    return this.#conditions.of(key, () => new Condition(this, key, installations, patches, posture))
  }
}

/** The ground of each day that some world needs. */
export class Grounds {
  readonly #facts: Facts
  readonly #days = new Shared<Ground>()

  constructor(facts: Facts) {
    this.#facts = facts
  }

  on(day: string): Ground {
    return this.#days.of(day, () => new Ground(this.#facts, day))
  }
}

/**
 * What devices can have in common: their software, how far it is patched and how they are configured; and what follows from
 * that, worked out when it is first asked for. Devices of several tenants can be in the same one.
 */
export class Condition {
  readonly key: string
  readonly installations: readonly Installation[]
  readonly patches: PatchState
  readonly posture: Posture
  readonly #advisories: Advisories
  readonly #facts: Facts
  #exposure: ReadonlyMap<Product, Exposure> | undefined
  #open: ReadonlySet<number> | undefined
  #findings: readonly Finding[] | undefined
  readonly #versions = new Map<Installation, string | null>()

  constructor(
    { facts, advisories }: Pick<Ground, 'facts' | 'advisories'>,
    key: string,
    installations: readonly Installation[],
    patches: PatchState,
    posture: Posture
  ) {
    this.#facts = facts
    this.#advisories = advisories
    this.key = key
    this.installations = installations
    this.patches = patches
    this.posture = posture
  }

  /** What is open, per product: what missing updates and old versions leave so. Products without open CVEs are absent. */
  get exposure(): ReadonlyMap<Product, Exposure> {
    if (this.#exposure === undefined) {
      const exposure = new Map<Product, Exposure>()
      for (const installation of this.installations) {
        const { product } = installation
        const cves = new Set(this.patches.open.get(product))
        for (const advisory of this.advisories(installation)) for (const cve of advisory.cves) cves.add(cve)
        if (cves.size > 0) exposure.set(product, exposureThrough(this.#facts, cves))
      }
      this.#exposure = exposure
    }
    return this.#exposure
  }

  /** The CVEs that are open through one product or another, as positions in `Facts.cves`. */
  get open(): ReadonlySet<number> {
    if (this.#open === undefined) {
      const open = new Set<number>()
      for (const { cves } of this.exposure.values()) for (const cve of cves) open.add(cve)
      this.#open = open
    }
    return this.#open
  }

  /** The same, installation by installation, each with what fixes it. */
  get findings(): readonly Finding[] {
    this.#findings ??= findingsOf(this)
    return this.#findings
  }

  /** The version of one of its installations. */
  versionOf(installation: Installation): string | null {
    let version = this.#versions.get(installation)
    if (version === undefined) {
      version = versionOf(installation, this.patches)
      this.#versions.set(installation, version)
    }
    return version
  }

  has(product: Product): boolean {
    return this.installations.some(installation => installation.product === product)
  }

  /** The advisories that one of its installations has not taken, oldest first. */
  advisories(installation: Installation): readonly Advisory[] {
    return this.#advisories.open(installation)
  }
}

/** What makes conditions the same. */
function conditionKey(installations: readonly Installation[], { key }: PatchState, posture: Posture): string {
  const software = installations.map(({ product, version }) => `${product.id}@${version ?? ''}`).join(' ')
  return `${software}|${key}|${posture.key}`
}
