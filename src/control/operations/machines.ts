import type { OverlayMachine } from '../../world/overlay.js'
import { machineRow } from '../machines.js'
import { contradiction, done, notFound, operation, wellKnown } from '../operation.js'
import { LabelsBody, MachineIdBody, RolloutBody, RolloutDoneBody, SoftwareBody } from '../schemas.js'

const id = { type: 'string', description: 'Device id.' } as const
const kb = { type: 'string', description: 'KB number.', examples: ['4540673'] } as const
const software = { type: 'string', description: 'Software id, such as `google-_-chrome`.' } as const
const refused = contradiction('It would contradict the facts; the message says which.')
const settled = { ...done, description: 'Done, or so already.' } as const

/** What is done to devices. */
export const machines = [
  operation({
    method: 'POST',
    path: '/machines',
    operationId: 'addMachine',
    summary: 'Add a device',
    description: 'Described as in a fixture file. It was first seen now.',
    tenant: wellKnown,
    body: machineRow,
    answers: { 200: { description: 'OK', ...MachineIdBody }, 409: refused },
    run: ({ control, tenant, body }) => control.machines.add(body as OverlayMachine, tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/machines/:id',
    operationId: 'removeMachine',
    summary: 'Remove a device',
    params: { id },
    tenant: wellKnown,
    answers: { 204: done, 404: notFound('No such device.') },
    run: ({ control, tenant, params }) => control.machines.remove(params.id, tenant)
  }),
  operation({
    method: 'PATCH',
    path: '/machines/:id',
    operationId: 'labelMachine',
    summary: 'Give a device other tags or another group',
    params: { id },
    tenant: wellKnown,
    body: LabelsBody,
    answers: { 204: done, 404: notFound('No such device.') },
    run: ({ control, tenant, params, body }) =>
      control.machines.label(params.id, body as { tags?: string[]; group?: string | null }, tenant)
  }),
  operation({
    method: 'PUT',
    path: '/machines/:id/updates/:kb',
    operationId: 'installUpdate',
    summary: 'Install an update on a device',
    params: { id, kb },
    tenant: wellKnown,
    answers: { 204: settled, 404: notFound('No such device or KB.'), 409: refused },
    run: ({ control, tenant, params }) => control.machines.installUpdate(params.id, params.kb, tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/machines/:id/updates/:kb',
    operationId: 'uninstallUpdate',
    summary: 'Remove an update from a device',
    params: { id, kb },
    tenant: wellKnown,
    answers: { 204: done, 404: notFound('No such device or KB.'), 409: refused },
    run: ({ control, tenant, params }) => control.machines.uninstallUpdate(params.id, params.kb, tenant)
  }),
  operation({
    method: 'POST',
    path: '/updates/:kb/rollout',
    operationId: 'rollOut',
    summary: 'Install or remove an update on many devices at once',
    description:
      'On those of a share, a group, a tag or some by id, as far as it applies there. Which devices a share is made of is drawn once for an update: a larger share holds the smaller one.',
    params: { kb },
    tenant: wellKnown,
    body: RolloutBody,
    answers: {
      200: { description: 'OK', ...RolloutDoneBody },
      404: notFound('No such device, group or KB.'),
      409: refused
    },
    run: ({ control, tenant, params, body }) => {
      const { action = 'install', ...reach } = body as { action?: 'install' | 'remove' }
      return control.machines.rollOut(params.kb, action, reach, tenant)
    }
  }),
  operation({
    method: 'PUT',
    path: '/machines/:id/software/:software',
    operationId: 'installSoftware',
    summary: 'Install software on a device, or another version of it',
    params: { id, software },
    tenant: wellKnown,
    body: SoftwareBody,
    answers: { 204: settled, 404: notFound('No such device or software.'), 409: refused },
    run: ({ control, tenant, params, body }) =>
      control.machines.installSoftware(params.id, params.software, (body as { version?: string }).version, tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/machines/:id/software/:software',
    operationId: 'uninstallSoftware',
    summary: 'Remove software from a device',
    params: { id, software },
    tenant: wellKnown,
    answers: { 204: done, 404: notFound('No such device or software.'), 409: refused },
    run: ({ control, tenant, params }) => control.machines.uninstallSoftware(params.id, params.software, tenant)
  })
]
