/** Something besides the world that is kept per tenant, and that a snapshot holds. */
export interface Kept {
  /** Its name in a snapshot. */
  readonly name: string
  /** What is kept of a tenant, as JSON; undefined when nothing is. */
  state(tenant: string): unknown
  /** Puts it back; undefined means nothing. Checks the form when `state` comes from outside, and throws without a change. */
  restore(tenant: string, state: unknown): void
}
