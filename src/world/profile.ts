import type { Condition, Installation } from './condition.js'
import type { Exposure } from './exposure.js'
import type { Advisory, Product } from './facts.js'
import type { Finding } from './findings.js'
import type { PatchState } from './patch-states.js'
import type { Posture } from './posture.js'

/** The devices of a world that are in one condition. Counted, never listed. */
export class Profile {
  readonly condition: Condition
  readonly key: string
  readonly installations: readonly Installation[]
  readonly patches: PatchState
  readonly posture: Posture
  /** How many devices are of this profile. */
  devices = 0
  /** How many makeups are of it as long as nobody changes their devices. */
  makeups = 0
  /** How many of them have an open alert. */
  alerts = 0

  constructor(condition: Condition) {
    this.condition = condition
    this.key = condition.key
    this.installations = condition.installations
    this.patches = condition.patches
    this.posture = condition.posture
  }

  get exposure(): ReadonlyMap<Product, Exposure> {
    return this.condition.exposure
  }

  get open(): ReadonlySet<number> {
    return this.condition.open
  }

  get findings(): readonly Finding[] {
    return this.condition.findings
  }

  versionOf(installation: Installation): string | null {
    return this.condition.versionOf(installation)
  }

  has(product: Product): boolean {
    return this.condition.has(product)
  }

  advisories(installation: Installation): readonly Advisory[] {
    return this.condition.advisories(installation)
  }
}
