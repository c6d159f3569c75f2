import type { FaultRule } from '../../traffic/faults.js'
import { done, notFound, operation, wellKnown } from '../operation.js'
import { FaultBody, FaultRuleBody, FaultsBody, PresetsBody, ThrottleBody } from '../schemas-of-traffic.js'

const id = { type: 'string', description: 'Id of the rule.' } as const

/** What makes calls fail. */
export const faults = [
  operation({
    method: 'POST',
    path: '/faults',
    operationId: 'addFault',
    summary: 'Add a rule that makes calls fail',
    description: 'A rule with the id of another takes its place.',
    tenant: wellKnown,
    body: FaultRuleBody,
    answers: { 200: { description: 'OK', ...FaultBody } },
    run: ({ control, tenant, body }) => control.faults.add(body as FaultRule, tenant)
  }),
  operation({
    method: 'GET',
    path: '/faults',
    operationId: 'listFaults',
    summary: 'Rules, and what they did',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...FaultsBody } },
    run: ({ control, tenant }) => ({ value: control.faults.list(tenant) })
  }),
  operation({
    method: 'DELETE',
    path: '/faults',
    operationId: 'clearFaults',
    summary: 'Remove all rules',
    tenant: wellKnown,
    answers: { 204: done },
    run: ({ control, tenant }) => control.faults.clear(tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/faults/:id',
    operationId: 'removeFault',
    summary: 'Remove a rule',
    params: { id },
    tenant: wellKnown,
    answers: { 204: done, 404: notFound('No such rule.') },
    run: ({ control, tenant, params }) => control.faults.remove(params.id, tenant)
  }),
  operation({
    method: 'GET',
    path: '/fault-presets',
    operationId: 'listFaultPresets',
    summary: 'Rules that have a name',
    answers: { 200: { description: 'OK', ...PresetsBody } },
    run: ({ control }) => ({ value: control.faults.presets() })
  }),
  operation({
    method: 'POST',
    path: '/fault-presets/:id',
    operationId: 'addFaultPreset',
    summary: 'Add one of the rules that have a name',
    description: 'The rule has its name as id.',
    params: { id: { type: 'string', description: 'Its name.', examples: ['outage', 'aad-down'] } },
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...FaultBody }, 404: notFound('No such preset.') },
    run: ({ control, tenant, params }) => control.faults.preset(params.id, tenant)
  }),
  operation({
    method: 'GET',
    path: '/throttle',
    operationId: 'getThrottle',
    summary: 'How calls are limited',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...ThrottleBody } },
    run: ({ control, tenant }) => ({ limits: control.throttle.get(tenant) })
  }),
  operation({
    method: 'PUT',
    path: '/throttle',
    operationId: 'setThrottle',
    summary: 'Limit calls otherwise',
    description: 'What was used so far is forgotten. Windows are counted on the clock of the tenant.',
    tenant: wellKnown,
    body: ThrottleBody,
    answers: { 200: { description: 'OK', ...ThrottleBody } },
    run: ({ control, tenant, body }) => {
      control.throttle.set((body as { limits: string }).limits, tenant)
      return { limits: control.throttle.get(tenant) }
    }
  })
]
