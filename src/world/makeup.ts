import type { Facts, Target, Update } from './facts.js'
import type { Fleet, Habit } from './fleet.js'
import { type Posture, Postures } from './posture.js'
import { type Installation, type PatchState, type PatchStates, targetsOf } from './profile.js'
import type { PinnedDevice } from './world.js'

/** What devices of one kind are, before it is asked which updates they have: the same at every time of the world. */
export interface Makeup {
  readonly key: string
  readonly installations: readonly Installation[]
  readonly targets: ReadonlySet<Target>
  readonly posture: Posture
  /** How they take updates; devices that somebody wrote down lack what was written, and nothing else. */
  readonly patching: Habit | ReadonlySet<Update>
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
        key,
        installations,
        targets: targetsOf(this.#facts, products, platform.osBuild),
        posture: this.#postures.of(platform.role, habit.misconfigured),
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
      key: `pinned ${device.id}`,
      installations: device.installations,
      targets: targetsOf(this.#facts, products, device.osBuild),
      posture: this.#postures.of(role, []),
      patching: new Set(device.missing)
    }
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
  return 'until' in patching ? states.until(patching.until(day), targets) : states.lacking(patching, targets)
}
