import { applicable, containedIn, taken } from './containment.js'
import type { Facts, Product, Target, Update } from './facts.js'

/**
 * How far a set of products is patched: which updates are installed, and so which are lacking. Devices that run the
 * same patchable products and took the same updates share one, which is why a large fleet costs little.
 */
export class PatchState {
  readonly key: string
  readonly targets: ReadonlySet<Target>
  readonly installed: ReadonlySet<Update>
  readonly #released: readonly Update[]
  #missing: readonly Update[] | undefined
  #open: ReadonlyMap<Product, ReadonlySet<number>> | undefined

  /** `released` are the updates that apply to the targets, newest first. */
  constructor(released: readonly Update[], key: string, targets: ReadonlySet<Target>, installed: Iterable<Update>) {
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

  /** What missing updates leave open, per product; products without open CVEs are absent. */
  get open(): ReadonlyMap<Product, ReadonlySet<number>> {
    if (this.#open === undefined) {
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
      this.#open = open
    }
    return this.#open
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
  readonly #day: string
  readonly #known = new Map<string, PatchState>()
  readonly #untilDay = new Map<string, PatchState>()
  readonly #taken = new Map<string, Update[]>()
  readonly #released = new Map<string, Update[]>()

  /** On a day of the world. */
  constructor(day: string) {
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

  /** Devices that lacked exactly these on a day: every other update until then is installed, alternatives too. */
  lacking(missing: ReadonlySet<Update>, targets: ReadonlySet<Target>, asOf: string): PatchState {
    return this.#intern(targets, allBut(missing, targets, asOf))
  }

  /** `state` with some updates more and some less. */
  changed(state: PatchState, more: Iterable<Update>, less: Iterable<Update>): PatchState {
    const installed = new Set(state.installed)
    for (const update of more) installed.add(update)
    for (const update of less) installed.delete(update)
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
      state = new PatchState(released, key, targets, installed)
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
