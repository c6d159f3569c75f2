import { contradiction, done, notFound, operation } from '../operation.js'
import { SnapshotBody, SnapshotInfoBody, SnapshotsBody } from '../schemas.js'
import type { Snapshot } from '../snapshots.js'

const name = { type: 'string', pattern: '^[\\w.-]{1,64}$', description: 'Letters, digits, hyphens, dots.' } as const
const missing = notFound('No such snapshot, or it has no such tenant.')

/** States to come back to. */
export const snapshots = [
  operation({
    method: 'GET',
    path: '/snapshots',
    operationId: 'listSnapshots',
    summary: 'Snapshots',
    tenant: 'all of them',
    answers: { 200: { description: 'OK', ...SnapshotsBody } },
    run: ({ control, tenant }) => ({ value: control.snapshots.list(tenant) })
  }),
  operation({
    method: 'POST',
    path: '/snapshots/:name',
    operationId: 'takeSnapshot',
    summary: 'Keep the state under a name',
    description:
      'World, clock, faults, limits and what else is set per tenant. What happened is not kept: the delta export and the days begin anew, and so do the counts of rules and limits.',
    params: { name },
    tenant: 'all of them',
    answers: { 200: { description: 'OK', ...SnapshotInfoBody }, 409: contradiction('There are too many.') },
    run: ({ control, tenant, params }) => control.snapshots.take(params.name, tenant)
  }),
  operation({
    method: 'GET',
    path: '/snapshots/:name',
    operationId: 'exportSnapshot',
    summary: 'A snapshot as JSON',
    params: { name },
    tenant: 'all that it holds',
    answers: { 200: { description: 'OK', ...SnapshotBody }, 404: missing },
    run: ({ control, params, tenant }) => control.snapshots.export(params.name, tenant)
  }),
  operation({
    method: 'PUT',
    path: '/snapshots/:name',
    operationId: 'importSnapshot',
    summary: 'Keep a snapshot that was exported',
    params: { name },
    tenant: 'all that it holds',
    body: SnapshotBody,
    bodyLimit: 64 * 1024 * 1024,
    answers: {
      200: { description: 'OK', ...SnapshotInfoBody },
      404: missing,
      409: contradiction('It is of another world.')
    },
    run: ({ control, params, body, tenant }) => control.snapshots.import(params.name, body as Snapshot, tenant)
  }),
  operation({
    method: 'POST',
    path: '/snapshots/:name/restore',
    operationId: 'restoreSnapshot',
    summary: 'Come back to a snapshot',
    description: 'All or nothing. Of all tenants: those that the snapshot does not know are as seeded then.',
    params: { name },
    tenant: 'all of them',
    answers: {
      200: { description: 'OK', ...SnapshotInfoBody },
      404: missing,
      409: contradiction('It does not fit this world.')
    },
    run: ({ control, tenant, params }) => control.snapshots.restore(params.name, tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/snapshots/:name',
    operationId: 'removeSnapshot',
    summary: 'Forget a snapshot',
    params: { name },
    answers: { 204: done, 404: missing },
    run: ({ control, params }) => control.snapshots.remove(params.name)
  })
]
