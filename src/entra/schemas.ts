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

function target(endpoint: 'v1' | 'v2') {
  return endpoint === 'v1'
    ? { resource: { type: 'string', examples: ['https://api.securitycenter.microsoft.com'] } }
    : { scope: { type: 'string', examples: ['https://api.securitycenter.microsoft.com/.default'] } }
}

export function TokenForm(endpoint: 'v1' | 'v2') {
  const text = (description: string) => ({ type: 'string', description }) as const
  return {
    type: 'object',
    properties: {
      grant_type: {
        type: 'string',
        enum: [
          'client_credentials',
          'password',
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code'
        ]
      },
      client_id: text('Unless sent as HTTP Basic user.'),
      client_secret: text('Unless sent as HTTP Basic password.'),
      client_assertion_type: text('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
      client_assertion: text('A JWT signed by a certificate of the app, in the place of the secret.'),
      ...target(endpoint),
      username: text('password: user principal name.'),
      password: text('password.'),
      code: text('authorization_code.'),
      redirect_uri: text('authorization_code: as it was at the authorize endpoint.'),
      code_verifier: text('authorization_code: where there was a code_challenge.'),
      refresh_token: text('refresh_token.'),
      device_code: text('device_code.')
    },
    required: ['grant_type']
  } as const
}

export function DeviceForm(endpoint: 'v1' | 'v2') {
  return {
    type: 'object',
    properties: { client_id: { type: 'string' }, ...target(endpoint) },
    required: ['client_id', ...Object.keys(target(endpoint))]
  } as const
}

const deviceCodes = {
  user_code: { type: 'string', examples: ['B7KQ2XWPL'] },
  device_code: { type: 'string' }
} as const

export const DeviceAnswerV2 = {
  type: 'object',
  properties: {
    ...deviceCodes,
    verification_uri: { type: 'string' },
    expires_in: { type: 'integer', examples: [900] },
    interval: { type: 'integer', examples: [5] },
    message: { type: 'string' }
  },
  required: ['user_code', 'device_code', 'verification_uri', 'expires_in', 'interval', 'message']
} as const

export const DeviceAnswerV1 = {
  type: 'object',
  properties: {
    ...deviceCodes,
    verification_url: { type: 'string' },
    expires_in: { type: 'string', examples: ['900'] },
    interval: { type: 'string', examples: ['5'] },
    message: { type: 'string' }
  },
  required: ['user_code', 'device_code', 'verification_url', 'expires_in', 'interval', 'message']
} as const

/** Only in answers about a user. */
const ofUsers = {
  scope: { type: 'string' },
  refresh_token: { type: 'string' },
  id_token: { type: 'string' },
  client_info: { type: 'string' }
} as const

const common = { token_type: { type: 'string', enum: ['Bearer'] }, access_token: { type: 'string' } } as const

export const TokenAnswerV2 = {
  type: 'object',
  properties: {
    token_type: common.token_type,
    expires_in: { type: 'integer', examples: [3599] },
    ext_expires_in: { type: 'integer', examples: [3599] },
    access_token: common.access_token,
    ...ofUsers
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
    access_token: common.access_token,
    ...ofUsers
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
