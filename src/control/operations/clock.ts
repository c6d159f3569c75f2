import { contradiction, operation, wellKnown } from '../operation.js'
import { AdvanceBody, AdvancedBody, ClockBody, DaysBody, SetClockBody } from '../schemas.js'

/** The clock of a tenant, and world time with it. */
export const clock = [
  operation({
    method: 'GET',
    path: '/clock',
    operationId: 'getClock',
    summary: 'What the clock says',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...ClockBody } },
    run: ({ control, tenant }) => control.clock.read(tenant)
  }),
  operation({
    method: 'POST',
    path: '/clock/advance',
    operationId: 'advanceClock',
    summary: 'Let time pass',
    description:
      'World time passes with it: each second Tuesday brings updates (real ones while the catalog lasts, generated ones after June 2026), and devices take them by ring.',
    tenant: wellKnown,
    body: AdvanceBody,
    answers: { 200: { description: 'OK', ...AdvancedBody }, 409: contradiction('Time goes forward only.') },
    run: ({ control, tenant, body }) => control.clock.advance(body as { by: string }, tenant)
  }),
  operation({
    method: 'PUT',
    path: '/clock',
    operationId: 'setClock',
    summary: 'Stop the clock, let it go on, set it to a later instant',
    tenant: wellKnown,
    body: SetClockBody,
    answers: { 200: { description: 'OK', ...AdvancedBody }, 409: contradiction('Time goes forward only.') },
    run: ({ control, tenant, body }) => control.clock.set(body as { time?: string; frozen?: boolean }, tenant)
  }),
  operation({
    method: 'GET',
    path: '/clock/days',
    operationId: 'getDays',
    summary: 'The days that world time was advanced through',
    description: 'A time series: what came out on each of the last hundred, and what devices lacked at its end.',
    tenant: wellKnown,
    answers: { 200: { description: 'OK', ...DaysBody } },
    run: ({ control, tenant }) => ({ value: control.clock.days(tenant) })
  })
]
