/**
 * Keyed chance: every roll is a pure function of (key, index, field), so that the order of calls, the number of devices
 * and other people's releases change nothing. A key is made of world version, seed, tenant and kind of thing.
 *
 * Integer arithmetic only (32-bit multiplication as ECMAScript's Math.imul defines it): the same on every machine.
 */
export class Chance {
  readonly #a: number
  readonly #b: number
  readonly #c: number

  constructor(...key: (string | number)[]) {
    const text = key.join('\u0000')
    this.#a = digest(text, 0x9e3779b9)
    this.#b = digest(text, 0x85ebca6b)
    this.#c = digest(text, 0xc2b2ae35)
  }

  /** 32 random bits for field `field` of thing number `index`. */
  roll(index: number, field: number): number {
    let h = avalanche(this.#a ^ Math.imul(index + 1, 0x9e3779b1))
    h = avalanche(h ^ this.#b ^ Math.imul(field + 1, 0x85ebca77))
    return avalanche(h ^ this.#c ^ index) >>> 0
  }

  /** An integer from 0 to `n - 1`. */
  below(n: number, index: number, field: number): number {
    return Math.floor((this.roll(index, field) / 0x1_0000_0000) * n)
  }

  /** One of the choices, by their weights. */
  weighted<T extends { readonly weight: number }>(choices: readonly T[], index: number, field: number): T {
    let total = 0
    for (const choice of choices) total += choice.weight
    let point = (this.roll(index, field) / 0x1_0000_0000) * total
    for (const choice of choices) {
      point -= choice.weight
      if (point < 0) return choice
    }
    return choices[choices.length - 1]!
  }

  /** A bijection of 32-bit numbers (a four-round Feistel network): names made from it never collide. */
  permute(value: number): number {
    let left = value >>> 16
    let right = value & 0xffff
    for (let round = 0; round < 4; round++) {
      const mixed = left ^ (this.roll(right, 0x10000 + round) & 0xffff)
      left = right
      right = mixed
    }
    return ((left << 16) | right) >>> 0
  }

  /** The inverse of `permute`. */
  unpermute(value: number): number {
    let left = value >>> 16
    let right = value & 0xffff
    for (let round = 3; round >= 0; round--) {
      const mixed = right ^ (this.roll(left, 0x10000 + round) & 0xffff)
      right = left
      left = mixed
    }
    return ((left << 16) | right) >>> 0
  }

  /**
   * 40 hexadecimal digits that carry the index, masked: an id leads back to its device without a table of ids, which
   * for a million devices would be the largest thing in memory.
   */
  id(index: number): string {
    const words = [0, 1, 2, 3].map(field => this.roll(index, 0x20000 + field))
    return [...words, (index ^ this.#mask(words)) >>> 0].map(word => word.toString(16).padStart(8, '0')).join('')
  }

  /** The index that an id carries, or undefined when the id was not made with this key. */
  indexOf(id: string): number | undefined {
    const words = [0, 1, 2, 3, 4].map(i => Number.parseInt(id.slice(8 * i, 8 * i + 8), 16))
    const index = (words.pop()! ^ this.#mask(words)) >>> 0
    return this.id(index) === id ? index : undefined
  }

  #mask(words: readonly number[]): number {
    return words.reduce((hash, word) => avalanche(hash ^ word), this.#b)
  }
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain). */
function avalanche(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function digest(text: string, start: number): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return avalanche(hash ^ text.length)
}
