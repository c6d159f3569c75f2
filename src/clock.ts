/**
 * The only source of "now". Nothing else in the project may call the system clock: a token's lifetime, a device's
 * `lastSeen` and every timestamp in an answer must follow `--time` and `--frozen`, or the same seed would not give the
 * same bytes.
 */
export interface ClockSettings {
  /** ISO 8601 instant the clock starts from; the wall clock when absent. */
  time?: string | undefined
  /** Stop the clock at its start. */
  frozen?: boolean | undefined
}

export class Clock {
  readonly #frozen: boolean
  /** Where the clock started, and what the wall clock said then. */
  readonly #start: number
  readonly #wall = Date.now()

  constructor({ time, frozen = false }: ClockSettings = {}) {
    this.#start = time === undefined ? this.#wall : Date.parse(time)
    if (Number.isNaN(this.#start)) throw new RangeError(`"${time}" is not an ISO 8601 date and time`)
    this.#frozen = frozen
  }

  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number {
    return this.#frozen ? this.#start : this.#start + (Date.now() - this.#wall)
  }

  /** Whole seconds since 1970, as the NumericDate of RFC 7519 wants them. */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  date(): Date {
    return new Date(this.now())
  }

  get frozen(): boolean {
    return this.#frozen
  }
}
