/** Bodies of the control plane. `TokenSpecBody` is also what validates. */

const guid = { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' } as const
const strings = { type: 'array', items: { type: 'string', minLength: 1 } } as const

export const PlainError = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string', description: 'What to mend.' } },
      required: ['code', 'message']
    }
  },
  required: ['error']
} as const

export const TokenSpecBody = {
  type: 'object',
  additionalProperties: false,
  description: 'Everything is optional: by default a good token of the app with every read permission.',
  properties: {
    tenant: { type: 'string', minLength: 1, description: 'Tenant id or domain.' },
    clientId: { ...guid, description: 'Application (client) id.' },
    roles: { ...strings, description: 'Application permissions; those of the app by default.' },
    scopes: { ...strings, description: 'Delegated permissions: makes it a token of a user.' },
    audience: { type: 'string', minLength: 1 },
    issuer: { type: 'string', minLength: 1 },
    notBefore: { type: ['string', 'number'], description: 'ISO 8601 instant, or seconds from now.' },
    expiresIn: { type: 'number', description: 'Seconds; negative for an expired token.' },
    user: { type: 'string', minLength: 1, description: 'User principal name: makes it a token of this user.' },
    key: { type: 'string', enum: ['current', 'foreign'], description: 'Key that signs.' },
    alg: { type: 'string', enum: ['RS256', 'none', 'HS256'], description: 'HS256 signs with the public key as secret.' }
  }
} as const

export const TokenBody = {
  type: 'object',
  properties: { access_token: { type: 'string' }, claims: { type: 'object', additionalProperties: true } },
  required: ['access_token', 'claims']
} as const

export const ApprovalBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    user: { type: 'string', minLength: 1, description: 'User principal name; the well-known user when absent.' }
  }
} as const

export const DeviceCodesBody = {
  type: 'object',
  properties: {
    value: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          userCode: { type: 'string' },
          clientId: { type: 'string' },
          appName: { type: 'string' },
          tenant: { type: ['string', 'null'] },
          scopes: { type: 'array', items: { type: 'string' } },
          state: { type: 'string', enum: ['pending', 'approved', 'declined', 'redeemed', 'expired'] },
          user: { type: ['string', 'null'] },
          expires: { type: 'string', format: 'date-time' }
        },
        required: ['userCode', 'clientId', 'appName', 'tenant', 'scopes', 'state', 'user', 'expires']
      }
    }
  },
  required: ['value']
} as const

export const VerdictBody = {
  type: 'object',
  properties: {
    checked: { type: 'integer', description: 'Number of equations evaluated.' },
    violations: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          equation: { type: 'string' },
          expected: {},
          actual: {},
          where: { type: 'string' }
        },
        required: ['equation', 'expected', 'actual', 'where']
      }
    }
  },
  required: ['checked', 'violations']
} as const

export const InfoBody = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    version: { type: 'string' },
    worldVersion: { type: 'string' },
    seed: { type: 'integer' },
    scenario: { type: 'string' },
    worldTime: { type: 'string', format: 'date', description: 'Which updates exist.' },
    now: { type: 'string', format: 'date-time', description: 'The clock.' },
    frozen: { type: 'boolean' },
    auth: { type: 'string' },
    profile: { type: 'string' },
    quirks: { type: 'array', items: { type: 'string' } },
    tenants: { type: 'array', items: { type: 'string' } },
    machines: { type: 'integer' }
  }
} as const

export const TenantsBody = {
  type: 'object',
  properties: {
    value: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', format: 'uuid' },
          machines: { type: ['integer', 'null'], description: 'Devices; null while it has no world.' },
          changes: { type: 'boolean', description: 'Whether something was changed there since it was seeded.' }
        },
        required: ['id', 'machines', 'changes']
      }
    },
    evicted: { type: 'integer', description: 'Worlds that went because there were more than --max-tenants.' }
  },
  required: ['value', 'evicted']
} as const
