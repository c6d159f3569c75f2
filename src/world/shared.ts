/** Things that are the same for all who ask, found by a key, and kept as long as somebody holds them. */
export class Shared<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>()
  readonly #gone = new FinalizationRegistry<string>(key => {
    // Another one may have been made meanwhile.
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key)
  })

  of(key: string, make: () => T): T {
    const known = this.#known.get(key)?.deref()
    if (known !== undefined) return known
    const made = make()
    this.#known.set(key, new WeakRef(made))
    this.#gone.register(made, key)
    return made
  }
}
