import type { TokenSpec } from '../../entra/minting.js'
import { contradiction, done, notFound, operation } from '../operation.js'
import { ApprovalBody, DeviceCodesBody, TokenBody, TokenSpecBody } from '../schemas.js'

const deviceCode = {
  params: { user_code: { type: 'string', description: 'What the device shows.' } },
  answers: {
    204: done,
    404: notFound('No such code or user.'),
    409: contradiction('It was decided before, or has expired.')
  }
} as const

/** Tokens, and who is let in. */
export const signIn = [
  operation({
    method: 'POST',
    path: '/tokens',
    operationId: 'mintToken',
    summary: 'Mint any token',
    description:
      'Good ones, and every kind that must be refused: expired, for another audience, signed by a foreign key, not signed.',
    body: TokenSpecBody,
    tenant: 'that of the body, or the well-known one,',
    answers: { 200: { description: 'OK', ...TokenBody }, 404: notFound('No such tenant, app or user.') },
    run: ({ control, body, tenant, reply }) => {
      reply.header('cache-control', 'no-store')
      return control.mint({ ...(tenant !== undefined && { tenant }), ...(body as TokenSpec) })
    }
  }),
  operation({
    method: 'GET',
    path: '/device-codes',
    operationId: 'getDeviceCodes',
    summary: 'Devices that wait for a user to sign in',
    tenant: 'all of them',
    answers: { 200: { description: 'OK', ...DeviceCodesBody } },
    run: ({ control, tenant }) => ({ value: control.deviceCodes(tenant) })
  }),
  operation({
    ...deviceCode,
    method: 'POST',
    path: '/device-codes/:user_code/approve',
    operationId: 'approveDevice',
    summary: 'Let a device in, as a user would on the page',
    tenant: 'any',
    body: ApprovalBody,
    run: ({ control, params, body, tenant }) =>
      control.approveDevice(params.user_code, (body as { user?: string }).user, tenant)
  }),
  operation({
    ...deviceCode,
    method: 'POST',
    path: '/device-codes/:user_code/decline',
    operationId: 'declineDevice',
    summary: 'Do not let a device in',
    tenant: 'any',
    run: ({ control, params, tenant }) => control.declineDevice(params.user_code, tenant)
  })
]
