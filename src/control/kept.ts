/** What a reset can leave as it is. */
export const keepable = ['clock', 'faults', 'throttle', 'quirks', 'responses', 'journal'] as const
export type Keepable = (typeof keepable)[number]

/** Something besides the world that is kept per tenant, and that a snapshot holds. */
export interface Kept {
  /** Its name in a snapshot, and for a reset. */
  readonly name: Keepable
  /** What is kept of a tenant, as JSON; undefined when nothing is. */
  state(tenant: string): unknown
  /** What is wrong with a state that came from outside, in a sentence, if anything. */
  flawOf(state: unknown): Promise<string | undefined>
  /** Puts a state back that has no flaw; undefined means nothing. */
  restore(tenant: string, state: unknown): void
}

/** What is kept for a tenant goes with its world: so it is given one first. */
export interface Tenants {
  of(tenant: string): unknown
  readonly defaultTenant: string
}
