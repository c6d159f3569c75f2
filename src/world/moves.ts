import type { Condition } from './condition.js'
import { dayLength, dayOf } from './days.js'

/** A device that was changed while the emulator ran. */
export interface Move {
  device: number
  /** Milliseconds since 1970, by the clock. */
  at: number
  /** Undefined when the device was not there. */
  before: Condition | undefined
  after: Condition
}

/** A day of the world that the clock was advanced to, or past. */
export interface Tide {
  /** `YYYY-MM-DD`. */
  day: string
  /** Milliseconds since 1970, by the clock, when it began. */
  at: number
  /** Devices whose changes of that day are moves. */
  except: ReadonlySet<number>
}

/** How far back they are kept and asked for, in milliseconds (page get-assessment-software-vulnerabilities). */
export const longest = 14 * 86_400_000

/** Changes that are remembered. */
const mostMoves = 100_000

/** What happened to devices while the emulator ran, oldest first. */
export class Moves {
  #moves: Move[] = []
  #tides: Tide[] = []

  get devices(): readonly Move[] {
    return this.#moves
  }

  get tides(): readonly Tide[] {
    return this.#tides
  }

  add(move: Move): void {
    const since = move.at - longest
    if (this.#moves.length >= mostMoves || (this.#moves[0]?.at ?? move.at) < since) this.#forget(since)
    this.#moves.push(move)
  }

  /** World time went from one instant to another, beginning at an instant of the clock. */
  turn(from: number, to: number, at: number, except: ReadonlySet<number>): void {
    const end = at + (to - from)
    this.#tides = this.#tides.filter(tide => tide.at >= end - longest)
    const midnight = (day: number) => Math.floor(day / dayLength) * dayLength
    for (let day = midnight(Math.max(from, to - longest)) + dayLength; day <= to; day += dayLength) {
      this.#tides.push({ day: dayOf(day), at: at + (day - from), except })
    }
  }

  reset(): void {
    this.#moves = []
    this.#tides = []
  }

  /** Those before an instant, and the older half when there are too many. */
  #forget(before: number): void {
    const recent = this.#moves.filter(({ at }) => at >= before)
    this.#moves = recent.slice(recent.length >= mostMoves ? mostMoves / 2 : 0)
  }
}
