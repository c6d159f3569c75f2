import { createHash } from 'node:crypto'

/**
 * Ids that the services make up as they go (trace and correlation ids, `uti`): a hash of seed and counter, so that two
 * runs with the same calls give the same bytes. They identify, they do not protect.
 */
export class Ids {
  readonly #seed: number
  #count = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  guid(): string {
    return guidOf(this.#next())
  }

  base64url(bytes: number): string {
    return this.#next().subarray(0, bytes).toString('base64url')
  }

  reset(): void {
    this.#count = 0
  }

  #next(): Buffer {
    return createHash('sha256')
      .update(`${this.#seed} ${this.#count++}`)
      .digest()
  }
}

/** An id that always belongs to the same thing, such as the object id of an app in a tenant. */
export function derivedGuid(...name: string[]): string {
  return guidOf(createHash('sha256').update(name.join('\u0000')).digest())
}

/** The same as 43 letters. */
export function derivedText(...name: string[]): string {
  return createHash('sha256').update(name.join('\u0000')).digest('base64url')
}

function guidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
