import type { Clock } from '../clock.js'
import type { Who } from './who.js'

/** A request and its answer, as little of it as must be kept. `entry.ts` makes of it what people read. */
export interface Asked {
  readonly id: number
  /** Milliseconds since 1970 on the tenant's clock, when it was asked. */
  readonly time: number
  readonly tenant: string | undefined
  readonly method: string
  /** As sent, without credentials. */
  readonly url: string
  /** The path as the router had it, where that is another. */
  readonly routed: string | undefined
  /** The router's way to write the route; undefined when there was none. */
  readonly route: string | undefined
  readonly host: string | undefined
  readonly who: Who | undefined
  readonly grantType: string | undefined
  /** Undefined when nothing was answered. */
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly fault: string | undefined
  readonly userAgent: string | undefined
  readonly correlationId: string | undefined
  /** Nothing serves it, and no fault answered in its place. */
  readonly unhandled: boolean
  /** In microseconds of real time. */
  duration: number
  /** On the connection, headers and all; undefined where there was none. */
  bytes: number | undefined
  /** The connection ended before the answer did, and no fault ended it. */
  hungUp: boolean
}

/** Something else that somebody may wonder about later. */
export interface Noted {
  readonly id: number
  readonly time: number
  readonly tenant: string | undefined
  readonly kind: string
  readonly text: string
}

export type Kept = Asked | Noted

export function isAsked(kept: Kept): kept is Asked {
  return 'method' in kept
}

/** A reader was too slow: what it has not seen yet is gone. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** A request that is being answered. */
export interface InFlight {
  /** The answer is complete, though the operating system may not have taken all of it yet. */
  readonly answered: boolean
  /** Adds it to the journal, unless that was done. */
  settle(): void
  /** Where it stands among the others; the journal's own. */
  place: number
}

/** Tenants whose losses are counted each for itself. */
const mostTenants = 10_000

/** What was asked and answered, the newest of it: a ring. */
export class Journal {
  /** How many it keeps; 0 when it is off. */
  readonly size: number
  readonly #clock: Clock
  #ring: Kept[] = []
  /** Where the oldest stands, once the ring is full. */
  #oldest = 0
  #latest = 0
  /** Requests that went because newer ones came: in all, and by tenant. */
  #dropped = 0
  readonly #droppedOf = new Map<string, { count: number }>()
  #lastDropped = 0
  /** Those being answered, in no order. */
  readonly #inFlight: InFlight[] = []
  readonly #wakers = new Set<() => void>()
  readonly #unhandled = new Set<(asked: Asked) => void>()
  #closed = false

  constructor({ size, clock }: { size: number; clock: Clock }) {
    this.size = size
    this.#clock = clock
  }

  /** The id of the newest. Ids go up by one and never begin again. */
  get latest(): number {
    return this.#latest
  }

  /** The id of the newest that went because newer ones came; 0 while all is there. */
  get lastDropped(): number {
    return this.#lastDropped
  }

  /** How many requests went because newer ones came, since the journal was cleared. */
  dropped(tenant?: string): number {
    return tenant === undefined ? this.#dropped : (this.#droppedOf.get(tenant)?.count ?? 0)
  }

  /** A request begins. An array costs less than a set where all that comes goes soon. */
  begin(request: InFlight): void {
    request.place = this.#inFlight.push(request) - 1
  }

  /** A request is over. */
  end(request: InFlight): void {
    const last = this.#inFlight.pop()!
    if (last === request) return
    this.#inFlight[request.place] = last
    last.place = request.place
  }

  nextId(): number {
    return ++this.#latest
  }

  add(kept: Kept): void {
    if (this.#ring.length < this.size) this.#ring.push(kept)
    else {
      this.#drop(this.#ring[this.#oldest]!)
      this.#ring[this.#oldest] = kept
      this.#oldest = this.#oldest + 1 === this.size ? 0 : this.#oldest + 1
    }
    if (this.#wakers.size > 0) for (const wake of this.#wakers) wake()
  }

  /** Notes something that is no request. */
  note(kind: string, text: string, tenant?: string): void {
    if (this.size === 0) return
    this.add({ id: this.nextId(), time: this.#clock.of(tenant).now(), tenant, kind, text })
  }

  /** From the oldest. */
  *[Symbol.iterator](): Generator<Kept> {
    this.settle()
    // What is added meanwhile is not looked at: who reads does so at once.
    for (let index = 0; index < this.#ring.length; index++) yield this.#at(index)
  }

  /** Notes what is answered and was not noted yet: before a clock moves, as each entry says when it was. */
  settle(): void {
    for (const request of this.#inFlight) if (request.answered) request.settle()
  }

  /** Forgets what was noted, of a tenant or of all. */
  clear(tenant?: string): void {
    this.settle()
    this.#ring = tenant === undefined ? [] : [...this].filter(kept => kept.tenant !== tenant)
    this.#oldest = 0
    if (tenant === undefined) {
      this.#dropped = 0
      this.#droppedOf.clear()
    } else {
      this.#dropped -= this.dropped(tenant)
      this.#droppedOf.delete(tenant)
    }
  }

  /** Calls back with each request that nothing serves, once it is answered. The result ends that. */
  onUnhandled(listener: (asked: Asked) => void): () => void {
    this.#unhandled.add(listener)
    return () => void this.#unhandled.delete(listener)
  }

  unhandled(asked: Asked): void {
    for (const listener of this.#unhandled) listener(asked)
  }

  /**
   * What has a greater id, and then what comes, until the signal or the journal ends it. Whoever reads too slowly is
   * told so by `Overtaken`: nothing is kept for it.
   */
  async *follow(after = this.#latest, signal?: AbortSignal): AsyncGenerator<Kept, void> {
    // An id that was not given yet is of another run. What went before it was asked for is not there to be missed.
    let seen = after > this.#latest ? 0 : Math.max(after, this.#lastDropped)
    let resume = () => {}
    const wake = () => resume()
    this.#wakers.add(wake)
    signal?.addEventListener('abort', wake)
    try {
      while (!this.#closed && !signal?.aborted) {
        if (this.#lastDropped > seen) {
          throw new Overtaken(
            `the journal keeps ${this.size} entries, and newer ones took the place of some not read yet`
          )
        }
        const next = this.#after(seen)
        if (next === undefined) {
          await new Promise<void>(resolve => {
            resume = resolve
          })
        } else {
          seen = next.id
          yield next
        }
      }
    } finally {
      this.#wakers.delete(wake)
      signal?.removeEventListener('abort', wake)
    }
  }

  /** Ends all who follow. What is noted can still be read. */
  close(): void {
    this.#closed = true
    for (const wake of this.#wakers) wake()
  }

  #at(index: number): Kept {
    return this.#ring[(this.#oldest + index) % this.#ring.length]!
  }

  /** The oldest with a greater id. */
  #after(id: number): Kept | undefined {
    let [low, high] = [0, this.#ring.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#at(middle).id > id) high = middle
      else low = middle + 1
    }
    return low < this.#ring.length ? this.#at(low) : undefined
  }

  #drop(kept: Kept): void {
    this.#lastDropped = kept.id
    if (!isAsked(kept)) return
    this.#dropped++
    const { tenant } = kept
    if (tenant === undefined) return
    const known = this.#droppedOf.get(tenant)
    if (known !== undefined) known.count++
    else {
      // Whoever makes that many tenants asks about those of now: the first to lose something is forgotten.
      if (this.#droppedOf.size >= mostTenants) this.#droppedOf.delete(this.#droppedOf.keys().next().value!)
      this.#droppedOf.set(tenant, { count: 1 })
    }
  }
}
