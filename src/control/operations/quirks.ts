import type { ResponseMode } from '../../defender/mutations.js'
import type { QuirkName } from '../../defender/quirks.js'
import { operation, wellKnown } from '../operation.js'
import { QuirksBody, ResponseModeBody, ResponsesBody, SwitchedQuirksBody } from '../schemas-of-traffic.js'

/** Behaviours of the real service that clients must survive. */
export const quirks = [
  operation({
    method: 'GET',
    path: '/quirks',
    operationId: 'listQuirks',
    summary: 'Quirks, and which are on',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...QuirksBody } },
    run: ({ control, tenant }) => ({ value: control.quirks.list(tenant) })
  }),
  operation({
    method: 'PATCH',
    path: '/quirks',
    operationId: 'switchQuirks',
    summary: 'Switch quirks on and off',
    description: 'What is not named stays as it is.',
    tenant: wellKnown,
    body: SwitchedQuirksBody,
    answers: { 200: { description: 'OK', ...QuirksBody } },
    run: ({ control, tenant, body }) => {
      control.quirks.switch(body as { on?: QuirkName[]; off?: QuirkName[] }, tenant)
      return { value: control.quirks.list(tenant) }
    }
  }),
  operation({
    method: 'GET',
    path: '/responses',
    operationId: 'getResponses',
    summary: 'How far answers make use of what the contract permits',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...ResponsesBody } },
    run: ({ control: { responses }, tenant }) => ({ mode: responses.get(tenant), mutations: responses.mutations() })
  }),
  operation({
    method: 'PUT',
    path: '/responses',
    operationId: 'setResponses',
    summary: 'Answer as usual, sparsely, or in the worst way that the contract permits',
    tenant: wellKnown,
    body: ResponseModeBody,
    answers: { 200: { description: 'OK', ...ResponseModeBody } },
    run: ({ control: { responses }, tenant, body }) => {
      responses.set((body as { mode: ResponseMode }).mode, tenant)
      return { mode: responses.get(tenant) }
    }
  })
]
