import type { Clock } from '../clock.js'

export interface TicketsSettings<T> {
  clock: Clock
  /** The tenant whose clock they hold by; the emulator's clock without one. */
  tenantOf?(value: T): string | undefined
  /** Makes a new one. */
  make: () => string
  /** How long they hold. */
  seconds: number
  /** How many are kept; the oldest go first. */
  most: number
}

/** Opaque texts that stand for something, for a while: codes, refresh tokens, pages that wait for an answer. */
export class Tickets<T> {
  readonly #settings: TicketsSettings<T>
  readonly #entries = new Map<string, { value: T; expires: number }>()

  constructor(settings: TicketsSettings<T>) {
    this.#settings = settings
  }

  issue(value: T): string {
    const { make, seconds, most } = this.#settings
    const ticket = make()
    this.#entries.set(ticket, { value, expires: this.#now(value) + seconds * 1000 })
    if (this.#entries.size > most) this.#entries.delete(this.#entries.keys().next().value!)
    return ticket
  }

  /** What it stands for. One that has expired is known for a while, so that whoever uses it can be told. */
  find(ticket: string): { value: T; expired: boolean; expires: number } | undefined {
    const entry = this.#entries.get(ticket)
    return entry && { ...entry, expired: this.#now(entry.value) >= entry.expires }
  }

  /** What it stands for, once. */
  take(ticket: string): T | undefined {
    const found = this.find(ticket)
    this.#entries.delete(ticket)
    return found === undefined || found.expired ? undefined : found.value
  }

  all(): { value: T; expired: boolean; expires: number }[] {
    return [...this.#entries.keys()].map(ticket => this.find(ticket)!)
  }

  reset(): void {
    this.#entries.clear()
  }

  #now(value: T): number {
    const { clock, tenantOf } = this.#settings
    return clock.of(tenantOf?.(value)).now()
  }
}
