/** What goes over the wire of the sign-in service, for the documents. */

export const AadstsBody = {
  type: 'object',
  properties: {
    error: { type: 'string', examples: ['invalid_client'] },
    error_description: { type: 'string', examples: ['AADSTS7000215: Invalid client secret provided. ...'] },
    error_codes: { type: 'array', items: { type: 'integer' }, examples: [[7000215]] },
    timestamp: { type: 'string', examples: ['2026-06-30 09:00:00Z'] },
    trace_id: { type: 'string', format: 'uuid' },
    correlation_id: { type: 'string', format: 'uuid' },
    error_uri: { type: 'string' }
  },
  required: ['error', 'error_description', 'error_codes', 'timestamp', 'trace_id', 'correlation_id']
} as const

export function TokenForm(endpoint: 'v1' | 'v2') {
  const target =
    endpoint === 'v1'
      ? { resource: { type: 'string', examples: ['https://api.securitycenter.microsoft.com'] } }
      : { scope: { type: 'string', examples: ['https://api.securitycenter.microsoft.com/.default'] } }
  return {
    type: 'object',
    properties: {
      grant_type: { type: 'string', enum: ['client_credentials'] },
      client_id: { type: 'string', description: 'Unless sent as HTTP Basic user.' },
      client_secret: { type: 'string', description: 'Unless sent as HTTP Basic password.' },
      ...target
    },
    required: ['grant_type', ...Object.keys(target)]
  } as const
}

const common = { token_type: { type: 'string', enum: ['Bearer'] }, access_token: { type: 'string' } } as const

export const TokenAnswerV2 = {
  type: 'object',
  properties: {
    token_type: common.token_type,
    expires_in: { type: 'integer', examples: [3599] },
    ext_expires_in: { type: 'integer', examples: [3599] },
    access_token: common.access_token
  },
  required: ['token_type', 'expires_in', 'ext_expires_in', 'access_token']
} as const

/** Numbers are strings here. */
export const TokenAnswerV1 = {
  type: 'object',
  properties: {
    token_type: common.token_type,
    expires_in: { type: 'string', examples: ['3599'] },
    ext_expires_in: { type: 'string', examples: ['3599'] },
    expires_on: { type: 'string', description: 'Seconds since 1970.' },
    not_before: { type: 'string', description: 'Seconds since 1970.' },
    resource: { type: 'string' },
    access_token: common.access_token
  },
  required: ['token_type', 'expires_in', 'ext_expires_in', 'expires_on', 'not_before', 'resource', 'access_token']
} as const

export const ConfigurationBody = {
  type: 'object',
  additionalProperties: true,
  properties: {
    issuer: { type: 'string' },
    authorization_endpoint: { type: 'string' },
    token_endpoint: { type: 'string' },
    jwks_uri: { type: 'string' }
  },
  required: ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri']
} as const

export const JwksBody = {
  type: 'object',
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          kty: { type: 'string' },
          use: { type: 'string' },
          kid: { type: 'string' },
          x5t: { type: 'string' },
          n: { type: 'string' },
          e: { type: 'string' }
        },
        required: ['kty', 'use', 'kid', 'n', 'e']
      }
    }
  },
  required: ['keys']
} as const
