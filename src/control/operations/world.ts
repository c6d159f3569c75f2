import { type Keepable, keepable } from '../kept.js'
import { done, operation, wellKnown } from '../operation.js'
import { InfoBody, VerdictBody } from '../schemas.js'

/** What runs here, and whether it is consistent. */
export const world = [
  operation({
    method: 'GET',
    path: '/info',
    operationId: 'getInfo',
    summary: 'What runs here',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...InfoBody } },
    run: ({ control, tenant }) => control.info(tenant)
  }),
  operation({
    method: 'POST',
    path: '/reset',
    operationId: 'reset',
    summary: 'Back to the seeded state',
    tenant: 'all of them',
    query: {
      keep: {
        type: 'array',
        items: { type: 'string', enum: keepable },
        description: 'What to leave as it is, parted by commas.'
      }
    },
    answers: { 204: done },
    run: ({ control, tenant, query: { keep } }) => control.reset(tenant, { keep: keep as Keepable[] | undefined })
  }),
  operation({
    method: 'GET',
    path: '/invariants',
    operationId: 'getInvariants',
    summary: 'Recompute everything by brute force and list what disagrees',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...VerdictBody } },
    run: ({ control, tenant }) => control.invariants(tenant)
  })
]
