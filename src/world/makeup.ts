import type { Installation } from './condition.js'
import type { Facts, Target, Update } from './facts.js'
import type { Fleet, Habit } from './fleet.js'
import { type PatchState, type PatchStates, targetsOf } from './patch-states.js'
import type { PinnedDevice } from './pinned.js'
import { type Posture, Postures } from './posture.js'

/** What devices of one kind are, before it is asked which updates they have: the same at every time of the world. */
export interface Makeup {
  readonly installations: readonly Installation[]
  readonly targets: ReadonlySet<Target>
  readonly posture: Posture
  readonly osBuild: number | null
  /** How they take updates; devices that somebody wrote down lack what was written, and what came out since. */
  readonly patching: Habit | { readonly missing: ReadonlySet<Update>; readonly asOf: string }
}

/** The makeup of each device: generated ones by platform, bundle and habit, the user's own one by one. */
export class Makeups {
  readonly #facts: Facts
  readonly #fleet: Fleet
  readonly #postures: Postures
  readonly #known = new Map<string, Makeup>()

  constructor(facts: Facts, fleet: Fleet) {
    this.#facts = facts
    this.#fleet = fleet
    this.#postures = new Postures(facts)
  }

  generated(device: number): Makeup {
    const platform = this.#fleet.platform(device)
    const bundle = this.#fleet.bundle(device)
    const habit = this.#fleet.habit(device)
    const key = `${platform.name}|${bundle.name}|${habit.name}`
    let makeup = this.#known.get(key)
    if (makeup === undefined) {
      const installations = [...platform.software, ...bundle.software]
        .map(text => this.#installation(text))
        .sort((a, b) => a.product.index - b.product.index)
      const products = installations.map(({ product }) => product)
      makeup = {
        installations,
        targets: targetsOf(this.#facts, products, platform.osBuild),
        posture: this.#postures.of(platform.role, habit.misconfigured),
        osBuild: platform.osBuild,
        patching: habit
      }
      this.#known.set(key, makeup)
    }
    return makeup
  }

  pinned(device: PinnedDevice): Makeup {
    const products = device.installations.map(({ product }) => product)
    // Nothing is said of its configuration: as it should be.
    const role = /^WindowsServer/.test(device.osPlatform)
      ? 'server'
      : /^Windows1/.test(device.osPlatform)
        ? 'client'
        : ''
    return {
      installations: device.installations,
      targets: targetsOf(this.#facts, products, device.osBuild),
      posture: this.#postures.of(role, []),
      osBuild: device.osBuild,
      patching: { missing: new Set(device.missing), asOf: device.asOf }
    }
  }

  /** `makeup` with other software on it; the seeded one when it is that of the start. */
  with(makeup: Makeup, installations: readonly Installation[], seeded: Makeup | undefined): Makeup {
    const listed = (list: readonly Installation[]) =>
      list.map(({ product, version }) => `${product.id}@${version}`).join()
    if (seeded !== undefined && listed(seeded.installations) === listed(installations)) return seeded
    const products = installations.map(({ product }) => product)
    const targets = targetsOf(this.#facts, products, makeup.osBuild)
    return { ...makeup, installations, targets }
  }

  #installation(text: string): Installation {
    const [id, version = null] = text.split('@') as [string, string?]
    const product = this.#facts.product(id)
    if (product === undefined) throw new Error(`the scenario names software ${id}, which the catalog does not have`)
    return { product, version }
  }
}

/** How far devices of a makeup are patched on a day of the world, `states` being that day's. */
export function patchedOn(day: string, { patching, targets }: Makeup, states: PatchStates): PatchState {
  if ('until' in patching) return states.until(patching.until(day), targets)
  const { missing, asOf } = patching
  return states.lacking(missing, targets, asOf < day ? asOf : day)
}
