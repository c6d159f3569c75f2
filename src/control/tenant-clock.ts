import type { Clock } from '../clock.js'
import { after } from '../duration.js'
import { Contradiction, Malformed } from '../world/errors.js'
import { advance, type WorldDay } from '../world/timeline.js'
import type { World } from '../world/world.js'

/** What a tenant's clock says. */
export interface ClockReading {
  /** ISO 8601 instants: the clock, and world time. */
  now: string
  worldTime: string
  /** What it is ahead of the emulator's clock, in milliseconds. */
  offset: number
  frozen: boolean
  /** How far world time is from where it began, in milliseconds. */
  advanced: number
}

/** What an advance brought. */
export interface Advance extends ClockReading {
  /** KBs that came out meanwhile. `generated` ones are made up: the catalog ends with June 2026. */
  published: { id: string; released: string; generated: boolean }[]
}

export interface TenantClockParts {
  clock: Clock
  worlds: { of(tenant: string): World; readonly defaultTenant: string }
}

/** As far as the months to come are made, beyond the end of the catalog. */
const mostYears = 10

/** The clock of a tenant, and world time with it. Both go forward only; a reset brings them back. */
export class TenantClock {
  readonly #parts: TenantClockParts

  constructor(parts: TenantClockParts) {
    this.#parts = parts
  }

  read(tenant = this.#parts.worlds.defaultTenant): ClockReading {
    const { clock, worlds } = this.#parts
    const world = worlds.of(tenant)
    const now = clock.of(tenant)
    return {
      now: now.date().toISOString(),
      worldTime: new Date(world.instant).toISOString(),
      offset: clock.shift(tenant).offset,
      frozen: now.frozen,
      advanced: world.instant - world.start
    }
  }

  /** Goes on by an ISO 8601 duration, such as `P7D`, or to an instant. Updates come out meanwhile, and devices take them. */
  advance(how: { by: string } | { to: string }, tenant = this.#parts.worlds.defaultTenant): Advance {
    const now = this.#parts.clock.of(tenant).now()
    const then = 'by' in how ? after(now, how.by) : Date.parse(how.to)
    if (then === undefined || Number.isNaN(then)) {
      throw new Malformed(
        'by' in how
          ? `"${how.by}" is not an ISO 8601 duration such as P7D or PT1H`
          : `"${(how as { to: string }).to}" is not an ISO 8601 instant`
      )
    }
    return this.#goTo(then, now, tenant)
  }

  /** Stops the clock of a tenant, or lets it go on from where it stands; sets it to a later instant first, if one is given. */
  set({ time, frozen }: { time?: string; frozen?: boolean }, tenant = this.#parts.worlds.defaultTenant): Advance {
    const { clock } = this.#parts
    const now = clock.of(tenant).now()
    const then = time === undefined ? now : Date.parse(time)
    if (Number.isNaN(then)) throw new Malformed(`"${time}" is not an ISO 8601 instant`)
    if (frozen === false && clock.frozen) {
      throw new Contradiction('the clock of the emulator itself was stopped by --frozen: no tenant of it can go on')
    }
    const reading = this.#goTo(then, now, tenant)
    if (frozen === undefined) return reading
    const offset = then - clock.now()
    clock.shiftTo(tenant, frozen ? { offset, stopped: then } : { offset: rounded(offset), stopped: undefined })
    return { ...reading, ...this.read(tenant) }
  }

  /** The days that world time was advanced through, oldest first, with what each left behind. */
  days(tenant = this.#parts.worlds.defaultTenant): readonly WorldDay[] {
    return this.#parts.worlds.of(tenant).history
  }

  /** `now` is looked at once per call: a millisecond between two looks would be missing from what was asked for. */
  #goTo(then: number, now: number, tenant: string): Advance {
    const { clock, worlds } = this.#parts
    const by = then - now
    if (by < 0) {
      throw new Contradiction(
        `the clock says ${new Date(now).toISOString()}; it goes forward only, and a reset brings it back`
      )
    }
    const world = worlds.of(tenant)
    const end = Date.parse(world.facts.epoch) + mostYears * 365.25 * 86_400_000
    if (world.instant + by > end) {
      const last = new Date(end).toISOString().slice(0, 10)
      throw new Contradiction(`world time would pass ${last}, where the months to come end`)
    }
    const from = world.day
    advance(world, by, now)
    const { offset, stopped } = clock.shift(tenant)
    clock.shiftTo(tenant, { offset: offset + by, stopped: stopped === undefined ? undefined : stopped + by })
    const published = world.facts.updates
      .filter(({ released }) => released > from && released <= world.day)
      .map(({ id, released, generated = false }) => ({ id, released, generated }))
    return { ...this.read(tenant), published }
  }
}

/** A clock that was never moved is the emulator's own again: milliseconds between two looks at it do not count. */
function rounded(offset: number): number {
  return Math.abs(offset) < 2 ? 0 : offset
}
