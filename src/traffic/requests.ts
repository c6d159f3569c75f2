import { setImmediate as breathe } from 'node:timers/promises'
import { Contradiction } from '../world/errors.js'
import { entryOf, type JournalEntry, type NoteEntry, noteEntry, type RequestEntry, requestEntry } from './entry.js'
import { criteria, fits, InvalidRequest, type RequestFilter } from './filter.js'
import { type Asked, isAsked, type Journal, type Kept } from './journal.js'
import { type Expectation, type Verified, verify } from './verify.js'

export interface RequestsParts {
  journal: Journal
  /** The id of a tenant, by id or domain. */
  tenantOf: (idOrDomain: string) => string
}

/** Which requests, how many at most (all when absent), and which first. */
export interface RequestList extends RequestFilter {
  limit?: number
  /** `newest` when absent. */
  order?: 'newest' | 'oldest'
}

/** Which requests, and from where on. */
export interface RequestStream extends RequestFilter {
  /** Ends it. */
  signal?: AbortSignal
  /** Begins with what has a greater id; with what comes from now on when absent. */
  after?: number
}

/** After so many entries a reader lets others be answered. */
const atOnce = 500

/** What clients asked, and what they were answered: `emulator.control.requests`, and `/_emulator/requests`. */
export class Requests {
  readonly #journal: Journal
  readonly #tenantOf: (idOrDomain: string) => string

  constructor({ journal, tenantOf }: RequestsParts) {
    this.#journal = journal
    this.#tenantOf = tenantOf
  }

  /** Those that fit. */
  list({ limit, order = 'newest', ...filter }: RequestList = {}): RequestEntry[] {
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
      throw new InvalidRequest(`limit is ${JSON.stringify(limit)}; it must be a whole number from 1`)
    }
    if (order !== 'newest' && order !== 'oldest') {
      throw new InvalidRequest(`order is ${JSON.stringify(order)}; it must be newest or oldest`)
    }
    const found = this.#fitting(filter)
    const ordered = order === 'newest' ? found.reverse() : found
    return ordered.slice(0, limit).map(requestEntry)
  }

  /** How many fit. */
  count(filter: RequestFilter = {}): number {
    return this.#fitting(filter).length
  }

  /**
   * Throws when some expectation does not hold: the message says which, and what came nearest. With `inOrder`, each must
   * be met by requests that were answered after those which met the one before.
   */
  verify(expectations: readonly Expectation[], { inOrder = false }: { inOrder?: boolean } = {}): Verified[] {
    const dropped = (tenant: string | undefined) => this.#journal.dropped(tenant)
    const asked = this.#entries().filter(isAsked)
    return verify(expectations, inOrder, { asked, dropped, size: this.#journal.size, tenantOf: this.#tenantOf })
  }

  /** What else happened that explains answers, the newest first. */
  notes(tenant?: string): NoteEntry[] {
    const of = tenant === undefined ? undefined : this.#tenantOf(tenant)
    return this.#entries()
      .flatMap(kept => (isAsked(kept) || (of !== undefined && kept.tenant !== of) ? [] : [noteEntry(kept)]))
      .reverse()
  }

  /** How many requests, of a tenant or of all, have left the journal because newer ones came. */
  dropped(tenant?: string): number {
    return this.#journal.dropped(tenant === undefined ? undefined : this.#tenantOf(tenant))
  }

  /** Forgets them, of a tenant or of all. */
  clear(tenant?: string): void {
    this.#journal.clear(tenant === undefined ? undefined : this.#tenantOf(tenant))
  }

  /**
   * Requests and notes as they come, until the signal or the emulator's end. Notes come with every filter that names no
   * more than a tenant. A reader that falls behind by more than the journal keeps is told so by an error.
   */
  stream({ signal, after, ...filter }: RequestStream = {}): AsyncGenerator<JournalEntry, void> {
    this.#refuseIfOff()
    const wanted = criteria(filter, this.#tenantOf)
    const { tenant, ...rest } = filter
    const of = tenant === undefined ? undefined : this.#tenantOf(tenant)
    const noted = Object.values(rest).every(value => value === undefined)
    // At once, not when it is first asked for an entry: what comes until then is meant too.
    const kept = this.#journal.follow(after, signal)
    return only(kept, one => (isAsked(one) ? fits(one, wanted) : noted && (of === undefined || one.tenant === of)))
  }

  /** What a stream that begins after an id has missed: ids that have left the journal because newer ones came. */
  missed(after: number): { after: number; until: number } | undefined {
    const { latest, lastDropped } = this.#journal
    // An id that was not given yet is of another run.
    const from = after > latest ? 0 : after
    return lastDropped > from ? { after: from, until: lastDropped } : undefined
  }

  /** Calls back with each request that nothing serves (404 without a route, 405, 501), once it is answered. */
  onUnhandled(listener: (entry: RequestEntry) => void): () => void {
    this.#refuseIfOff()
    return this.#journal.onUnhandled(asked => listener(requestEntry(asked)))
  }

  #fitting(filter: RequestFilter): Asked[] {
    const wanted = criteria(filter, this.#tenantOf)
    return this.#entries().filter((kept): kept is Asked => isAsked(kept) && fits(kept, wanted))
  }

  /** From the oldest. */
  #entries(): Kept[] {
    this.#refuseIfOff()
    return [...this.#journal]
  }

  /** An empty list would say that nothing was asked. */
  #refuseIfOff(): void {
    if (this.#journal.size === 0)
      throw new Contradiction('the journal is off (--journal 0): nobody knows what was asked')
  }
}

async function* only(
  kept: AsyncGenerator<Kept, void>,
  isWanted: (kept: Kept) => boolean
): AsyncGenerator<JournalEntry, void> {
  let seen = 0
  for await (const one of kept) {
    if (++seen % atOnce === 0) await breathe()
    if (isWanted(one)) yield entryOf(one)
  }
}
