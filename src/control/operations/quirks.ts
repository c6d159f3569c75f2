import type { QuirkName } from '../../defender/quirks.js'
import { operation, wellKnown } from '../operation.js'
import { QuirksBody, SwitchedQuirksBody } from '../schemas-of-traffic.js'

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
  })
]
