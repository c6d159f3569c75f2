import { applicable, containedIn, taken } from './containment.js'
import type { Facts, Product, Target, Update } from './facts.js'

/** A product on a device. */
export interface Installation {
  readonly product: Product
  /** Null when nobody says (Windows and what comes with it: its revision follows from the updates). */
  readonly version: string | null
}

/** What is open on a device through one product. */
export interface Exposure {
  /** Positions in `Facts.cves`. */
  readonly cves: ReadonlySet<number>
  readonly publicExploit: boolean
  /** Sum of the severities' weights. */
  readonly points: number
}

/** Weight of an open CVE by severity (assumed: the service's formula is not public). */
const points = { Critical: 10, Important: 4, Moderate: 1.5, Low: 0.5 } as const

/**
 * How far a set of products is patched: which updates are installed, and so which are lacking. Devices that run the
 * same patchable products and took the same updates share one, which is why a large fleet costs little.
 */
export class PatchState {
  readonly key: string
  readonly targets: ReadonlySet<Target>
  readonly installed: ReadonlySet<Update>
  readonly #facts: Facts
  readonly #released: readonly Update[]
  #missing: readonly Update[] | undefined
  #exposure: ReadonlyMap<Product, Exposure> | undefined
  #open: ReadonlySet<number> | undefined

  /** `released` are the updates that apply to the targets, newest first. */
  constructor(
    facts: Facts,
    released: readonly Update[],
    key: string,
    targets: ReadonlySet<Target>,
    installed: Iterable<Update>
  ) {
    this.#facts = facts
    this.#released = released
    this.key = key
    this.targets = targets
    this.installed = new Set(installed)
  }

  /** Released updates that fix something here and that nothing installed contains, newest first. */
  get missing(): readonly Update[] {
    if (this.#missing === undefined) {
      const contained = containedIn(this.installed, this.targets)
      this.#missing = this.#released.filter(update => !contained.has(update))
    }
    return this.#missing
  }

  /** Missing updates that no other missing update contains: what one would install to be up to date. */
  get outermost(): readonly Update[] {
    const inner = new Set<Update>()
    for (const update of this.missing) {
      if (inner.has(update)) continue
      for (const contained of containedIn([update], this.targets)) if (contained !== update) inner.add(contained)
    }
    return this.missing.filter(update => !inner.has(update))
  }

  /** What is open, per product; products without open CVEs are absent. */
  get exposure(): ReadonlyMap<Product, Exposure> {
    if (this.#exposure === undefined) {
      const open = new Map<Product, Set<number>>()
      for (const update of this.missing) {
        for (const target of this.targets) {
          const cves = update.fixes.get(target)
          if (cves === undefined || cves.length === 0) continue
          const known = open.get(target.product) ?? new Set<number>()
          for (const cve of cves) known.add(cve)
          open.set(target.product, known)
        }
      }
      this.#exposure = new Map([...open].map(([product, cves]) => [product, this.#weigh(cves)]))
    }
    return this.#exposure
  }

  /** What is open through one product or another. */
  get open(): ReadonlySet<number> {
    if (this.#open === undefined) {
      const open = new Set<number>()
      for (const { cves } of this.exposure.values()) for (const cve of cves) open.add(cve)
      this.#open = open
    }
    return this.#open
  }

  #weigh(cves: ReadonlySet<number>): Exposure {
    let sum = 0
    let publicExploit = false
    for (const index of cves) {
      const cve = this.#facts.cves[index]!
      sum += points[cve.severity]
      publicExploit ||= cve.publicExploit
    }
    return { cves, publicExploit, points: sum }
  }
}

/** What devices share: their software and how far it is patched. Counted, never listed. */
export class Profile {
  readonly key: string
  readonly installations: readonly Installation[]
  readonly patches: PatchState
  /** How many devices are of this profile. */
  devices = 0
  /** How many of them have an open alert. */
  alerts = 0

  constructor(key: string, installations: readonly Installation[], patches: PatchState) {
    this.key = key
    this.installations = installations
    this.patches = patches
  }

  /** The CVEs that are open on its devices, as positions in `Facts.cves`. */
  get open(): ReadonlySet<number> {
    return this.patches.open
  }

  has(product: Product): boolean {
    return this.installations.some(installation => installation.product === product)
  }
}

/**
 * What can be fixed on a device: its products on its build, applications also (mostly only) without one. Products that
 * no update fixes have no target.
 */
export function targetsOf(facts: Facts, products: Iterable<Product>, osBuild: number | null): Set<Target> {
  const targets = new Set<Target>()
  for (const product of products) {
    const bound = facts.target(product, osBuild)
    if (bound !== undefined) targets.add(bound)
    if (product.kind !== 'application') continue
    const free = facts.target(product, null)
    if (free !== undefined) targets.add(free)
  }
  return targets
}

/** Makes patch states and hands out the same one for the same question. */
export class PatchStates {
  readonly #facts: Facts
  readonly #day: string
  readonly #known = new Map<string, PatchState>()
  readonly #untilDay = new Map<string, PatchState>()
  readonly #taken = new Map<string, Update[]>()
  readonly #released = new Map<string, Update[]>()

  constructor(facts: Facts, day: string) {
    this.#facts = facts
    this.#day = day
  }

  /** Devices that took every update until a day. */
  until(day: string, targets: ReadonlySet<Target>): PatchState {
    const key = targetKey(targets)
    const question = `${key}|${day}`
    let state = this.#untilDay.get(question)
    if (state === undefined) {
      const all = this.#taken.get(key) ?? taken(targets)
      this.#taken.set(key, all)
      state = this.#intern(
        targets,
        all.filter(({ released }) => released <= day)
      )
      this.#untilDay.set(question, state)
    }
    return state
  }

  /** Devices that lack exactly these: every other released update is installed, alternatives too. */
  lacking(missing: ReadonlySet<Update>, targets: ReadonlySet<Target>): PatchState {
    return this.#intern(targets, allBut(missing, targets, this.#day))
  }

  /** `state` with one update more or less. */
  changed(state: PatchState, update: Update, present: boolean): PatchState {
    const installed = new Set(state.installed)
    if (present) installed.add(update)
    else installed.delete(update)
    // Not kept: whoever patches devices for days must not fill the memory with states that nobody is in.
    return this.#intern(state.targets, installed, 'forget')
  }

  /** What is installed decides, not how it came to be: a device that is patched and unpatched is as it was. */
  #intern(targets: ReadonlySet<Target>, installed: Iterable<Update>, after: 'keep' | 'forget' = 'keep'): PatchState {
    const numbers = Array.from(installed, ({ index }) => index).sort((a, b) => a - b)
    const which = targetKey(targets)
    const key = `${which}|${numbers.join(' ')}`
    let state = this.#known.get(key)
    if (state === undefined) {
      const released = this.#released.get(which) ?? releasedBy(this.#day, targets)
      this.#released.set(which, released)
      state = new PatchState(this.#facts, released, key, targets, installed)
      if (after === 'keep') this.#known.set(key, state)
    }
    return state
  }
}

/** What a device has installed that lacks these updates and no others. */
export function allBut(missing: ReadonlySet<Update>, targets: ReadonlySet<Target>, day: string): Update[] {
  return releasedBy(day, targets).filter(update => !missing.has(update))
}

function releasedBy(day: string, targets: ReadonlySet<Target>): Update[] {
  return applicable(targets).filter(({ released }) => released <= day)
}

function targetKey(targets: ReadonlySet<Target>): string {
  return Array.from(targets, ({ index }) => index).join(' ')
}
