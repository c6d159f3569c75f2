/**
 * How sure we are that the real service behaves as we do. Every operation and every decision carries it, and users see
 * it as `x-fidelity` in the OpenAPI documents.
 *
 * - `documented`: Microsoft's reference says so; `source` is the page's slug.
 * - `observed`: somebody published a response, a log line or a client's behaviour; `source` says where.
 * - `assumed`: nobody says so in public. Our decision, never to be read as Microsoft's behaviour.
 */
export interface Evidence {
  what: string
  level: 'documented' | 'observed' | 'assumed'
  source: string
}

/** Of what production has nothing. */
export const ours: readonly Evidence[] = [
  { what: "the emulator's own; production has nothing of the kind", level: 'assumed', source: 'mde-emulator' }
]
