import type { Advisories } from './advisories.js'
import { applicable, containedIn, taken } from './containment.js'
import { type Exposure, exposureThrough } from './exposure.js'
import type { Advisory, Facts, Product, Target, Update } from './facts.js'
import { type Finding, findingsOf } from './findings.js'
import type { Posture } from './posture.js'
import { versionOf } from './versions.js'

/** A product on a device. */
export interface Installation {
  readonly product: Product
  /** Null when nobody says (Windows and what comes with it: its revision follows from the updates). */
  readonly version: string | null
}

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

/** What follows for every profile of a world: its facts, and its advisories at its time. */
export interface Ground {
  readonly facts: Facts
  readonly advisories: Advisories
}

/** What devices share: their software, how far it is patched and how they are configured. Counted, never listed. */
export class Profile {
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
  readonly #ground: Ground
  #exposure: ReadonlyMap<Product, Exposure> | undefined
  #open: ReadonlySet<number> | undefined
  #findings: readonly Finding[] | undefined
  readonly #versions = new Map<Installation, string | null>()

  constructor(ground: Ground, installations: readonly Installation[], patches: PatchState, posture: Posture) {
    this.#ground = ground
    this.key = profileKey(installations, patches, posture)
    this.installations = installations
    this.patches = patches
    this.posture = posture
  }

  /** What is open, per product: what missing updates and old versions leave so. Products without open CVEs are absent. */
  get exposure(): ReadonlyMap<Product, Exposure> {
    if (this.#exposure === undefined) {
      const { facts } = this.#ground
      const exposure = new Map<Product, Exposure>()
      for (const installation of this.installations) {
        const { product } = installation
        const cves = new Set(this.patches.open.get(product))
        for (const advisory of this.advisories(installation)) for (const cve of advisory.cves) cves.add(cve)
        if (cves.size > 0) exposure.set(product, exposureThrough(facts, cves))
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
    return this.#ground.advisories.open(installation)
  }
}

/** What makes profiles the same. */
export function profileKey(installations: readonly Installation[], { key }: PatchState, posture: Posture): string {
  const software = installations.map(({ product, version }) => `${product.id}@${version ?? ''}`).join(' ')
  return `${software}|${key}|${posture.key}`
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
