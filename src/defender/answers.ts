import type { World } from '../world/world.js'

/** Bounds of what is kept per world. */
const most = 200
const mostBytes = 8 * 1024 * 1024

/**
 * Bodies of answers that follow from the world alone. They are good until the world changes: its revision is part of
 * what is remembered, so a change forgets them all at once.
 */
export class Answers {
  readonly #worlds = new WeakMap<World, { revision: number; bytes: number; bodies: Map<string, Buffer> }>()

  get(world: World, key: string): Buffer | undefined {
    const kept = this.#worlds.get(world)
    return kept?.revision === world.revision ? kept.bodies.get(key) : undefined
  }

  /** `revision` is the world's at the time the body was made: a body of an older world is not kept. */
  set(world: World, revision: number, key: string, body: Buffer): void {
    if (revision !== world.revision) return
    let kept = this.#worlds.get(world)
    if (kept?.revision !== world.revision) {
      kept = { revision: world.revision, bytes: 0, bodies: new Map() }
      this.#worlds.set(world, kept)
    }
    if (body.length > mostBytes / 4) return
    while (kept.bodies.size >= most || kept.bytes + body.length > mostBytes) {
      const [oldest, gone] = kept.bodies.entries().next().value!
      kept.bodies.delete(oldest)
      kept.bytes -= gone.length
    }
    kept.bodies.set(key, body)
    kept.bytes += body.length
  }
}
