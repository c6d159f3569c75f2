import type { FastifyInstance } from 'fastify'
import { ours } from './evidence.js'

export interface HealthParts {
  /** Keys and worlds are there. */
  isReady: () => boolean
}

/** For orchestrators: `/healthz` says that the process lives, `/readyz` that it can answer. */
export async function health(app: FastifyInstance, { isReady }: HealthParts): Promise<void> {
  const ok = { description: 'Yes.', type: 'object', properties: { status: { type: 'string' } } } as const

  const security: never[] = []

  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'healthz',
        summary: 'Does the process live?',
        tags: ['Health'],
        security,
        'x-fidelity': ours,
        response: { 200: ok }
      } as object
    },
    async () => ({ status: 'alive' })
  )
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readyz',
        summary: 'Can it answer?',
        tags: ['Health'],
        security,
        'x-fidelity': ours,
        response: { 200: ok, 503: { ...ok, description: 'Not yet.' } }
      } as object
    },
    async (_request, reply) => {
      if (isReady()) return { status: 'ready' }
      reply.code(503).header('retry-after', '1')
      return { status: 'starting' }
    }
  )
}
