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

/** What tells the time. */
export interface Now {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
  /** Whole seconds since 1970, as the NumericDate of RFC 7519 wants them. */
  seconds(): number
  date(): Date
  readonly frozen: boolean
}

/** How a tenant's clock differs from the emulator's. */
export interface Shift {
  /** Milliseconds that it is ahead. */
  readonly offset: number
  /** Milliseconds since 1970 at which it was stopped; undefined while it runs. */
  readonly stopped: number | undefined
}

/** The emulator's clock, and with it that of each tenant. */
export class Clock implements Now {
  readonly #frozen: boolean
  /** Where the clock started, and what the wall clock said then. */
  readonly #start: number
  readonly #wall = Date.now()
  readonly #tenants = new Map<string, TenantClock>()
  /** Is called before the clock of a tenant, or of all, moves or stops. */
  moving: () => void = () => undefined

  constructor({ time, frozen = false }: ClockSettings = {}) {
    this.#start = time === undefined ? this.#wall : Date.parse(time)
    if (Number.isNaN(this.#start)) throw new RangeError(`"${time}" is not an ISO 8601 date and time`)
    this.#frozen = frozen
  }

  now(): number {
    return this.#frozen ? this.#start : this.#start + (Date.now() - this.#wall)
  }

  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  date(): Date {
    return new Date(this.now())
  }

  get frozen(): boolean {
    return this.#frozen
  }

  /** The clock of a tenant: the emulator's own until somebody moves or stops it. Undefined is nobody's: the emulator's. */
  of(tenant: string | undefined): Now {
    return (tenant !== undefined && this.#tenants.get(tenant)) || this
  }

  /** How a tenant's clock differs from the emulator's. */
  shift(tenant: string): Shift {
    return this.#tenants.get(tenant)?.shift ?? { offset: 0, stopped: undefined }
  }

  /** Moves or stops a tenant's clock. */
  shiftTo(tenant: string, shift: Shift): void {
    this.moving()
    if (shift.offset === 0 && shift.stopped === undefined) this.#tenants.delete(tenant)
    else this.#tenants.set(tenant, new TenantClock(this, shift))
  }

  /** A tenant's clock, or all of them, as the emulator's own again. */
  reset(tenant?: string): void {
    this.moving()
    if (tenant === undefined) this.#tenants.clear()
    else this.#tenants.delete(tenant)
  }
}

class TenantClock implements Now {
  readonly #clock: Clock
  readonly shift: Shift

  constructor(clock: Clock, shift: Shift) {
    this.#clock = clock
    this.shift = shift
  }

  now(): number {
    return this.shift.stopped ?? this.#clock.now() + this.shift.offset
  }

  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  date(): Date {
    return new Date(this.now())
  }

  get frozen(): boolean {
    return this.shift.stopped !== undefined || this.#clock.frozen
  }
}
