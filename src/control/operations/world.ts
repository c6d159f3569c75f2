import { contradiction, done, notFound, operation, wellKnown } from '../operation.js'
import { InfoBody, VerdictBody } from '../schemas.js'

const update = {
  params: {
    id: { type: 'string', description: 'Device id.' },
    kb: { type: 'string', description: 'KB number.', examples: ['4540673'] }
  },
  tenant: wellKnown,
  answers: {
    204: { ...done, description: 'Done, or so already.' },
    404: notFound('No such device or KB.'),
    409: contradiction('It would contradict the facts; the message says which.')
  }
} as const

/** What runs here, and what is changed in it. */
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
    answers: { 204: done },
    run: ({ control, tenant }) => control.reset(tenant)
  }),
  operation({
    ...update,
    method: 'PUT',
    path: '/machines/:id/updates/:kb',
    operationId: 'installUpdate',
    summary: 'Install an update on a device',
    run: ({ control, tenant, params: { id, kb } }) => control.installUpdate(id, kb, tenant)
  }),
  operation({
    ...update,
    method: 'DELETE',
    path: '/machines/:id/updates/:kb',
    operationId: 'uninstallUpdate',
    summary: 'Remove an update from a device',
    run: ({ control, tenant, params: { id, kb } }) => control.uninstallUpdate(id, kb, tenant)
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
