import { durationPattern } from '../duration.js'
import { listOf } from './list-of.js'
import { machineRow } from './machines.js'

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

export const DeviceCodesBody = listOf({
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
})

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
    quirks: { type: 'array', items: { type: 'string' }, description: 'Those that are on in the tenant.' },
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

const instant = { type: 'string', format: 'date-time' } as const
const day = { type: 'string', format: 'date' } as const
const milliseconds = { type: 'number' } as const

/** What `advance` and `set` take for an instant. */
const instantText = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d([.]\\d+)?)?(Z|[+-]\\d\\d:\\d\\d))?$',
  description: 'ISO 8601 instant, later than the clock.'
} as const

const dayText = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' } as const

const reading = {
  now: { ...instant, description: "The tenant's clock." },
  worldTime: { ...instant, description: 'Which updates exist, and who has taken them.' },
  offset: { ...milliseconds, description: "Milliseconds that it is ahead of the emulator's clock." },
  frozen: { type: 'boolean' },
  advanced: { ...milliseconds, description: 'Milliseconds that world time is from where it began.' }
} as const

export const ClockBody = { type: 'object', properties: reading, required: Object.keys(reading) }

export const AdvancedBody = {
  type: 'object',
  properties: {
    ...reading,
    published: {
      type: 'array',
      description: 'What came out meanwhile.',
      items: {
        type: 'object',
        properties: { id: { type: 'string' }, released: day, generated: { type: 'boolean' } },
        required: ['id', 'released', 'generated']
      }
    }
  },
  required: [...Object.keys(reading), 'published']
}

export const AdvanceBody = {
  type: 'object',
  additionalProperties: false,
  description: 'Either of the two.',
  properties: {
    by: {
      type: 'string',
      pattern: durationPattern,
      description: 'ISO 8601 duration.',
      examples: ['P7D', 'PT1H', 'P1M']
    },
    to: instantText
  },
  minProperties: 1,
  maxProperties: 1
} as const

export const SetClockBody = {
  type: 'object',
  additionalProperties: false,
  properties: { time: instantText, frozen: { type: 'boolean', description: 'Whether it stands still.' } },
  minProperties: 1
} as const

const count = { type: 'integer' } as const

export const DaysBody = listOf({
  type: 'object',
  properties: {
    day,
    published: { type: 'array', items: { type: 'string' }, description: 'KBs that came out.' },
    machines: count,
    machinesMissingUpdates: count,
    missingUpdates: { ...count, description: 'Counted per device.' },
    exposedMachines: count,
    exposureScore: { type: 'number' }
  },
  required: [
    'day',
    'published',
    'machines',
    'machinesMissingUpdates',
    'missingUpdates',
    'exposedMachines',
    'exposureScore'
  ]
})

export const MachineIdBody = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } as const

export const LabelsBody = {
  type: 'object',
  additionalProperties: false,
  description: 'What is absent stays.',
  properties: {
    tags: { ...strings, maxItems: 200, description: 'All of its tags.' },
    group: { type: ['string', 'null'], minLength: 1, description: 'Device group; null for none.' }
  },
  minProperties: 1
} as const

export const SoftwareBody = {
  type: 'object',
  additionalProperties: false,
  properties: { version: { type: 'string', minLength: 1, description: 'Unknown when absent.' } }
} as const

export const RolloutBody = {
  type: 'object',
  additionalProperties: false,
  description: 'All devices to which it applies, when empty.',
  properties: {
    action: { type: 'string', enum: ['install', 'remove'], description: 'install when absent.' },
    share: { type: 'number', minimum: 0, maximum: 1 },
    machines: { ...strings, description: 'Ids or computer names.' },
    group: { type: 'string', minLength: 1 },
    tag: { type: 'string', minLength: 1 }
  }
} as const

export const RolloutDoneBody = {
  type: 'object',
  properties: {
    applicable: { ...count, description: 'Devices in reach to which it applies.' },
    changed: { ...count, description: 'Of those, the ones that it changed.' }
  },
  required: ['applicable', 'changed']
} as const

export const SnapshotInfoBody = {
  type: 'object',
  properties: { name: { type: 'string' }, tenants: { type: 'array', items: { type: 'string' } } },
  required: ['name', 'tenants']
} as const

export const SnapshotsBody = listOf(SnapshotInfoBody)

const text = { type: 'string' } as const
const texts = { type: 'array', items: text } as const

/** Ten years, and some days. */
const mostAdvance = 320_000_000_000
/** The end of the year 9999. */
const lastInstant = 253_402_300_799_999

const WorldStateBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    advanced: {
      type: 'number',
      minimum: 0,
      maximum: mostAdvance,
      description: 'Milliseconds that world time was advanced by.'
    },
    added: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: { number: { type: 'integer', minimum: 0 }, day: dayText, at: instantText, machine: machineRow },
        required: ['number', 'day', 'at', 'machine']
      }
    },
    removed: texts,
    groups: {
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 1, maximum: 1_000_000_000 },
      description: 'Ids of groups that had none at the start.'
    },
    machines: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          installed: texts,
          uninstalled: texts,
          software: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              properties: { id: text, version: { type: ['string', 'null'] } },
              required: ['id', 'version']
            }
          },
          tags: texts,
          group: { type: ['string', 'null'] }
        }
      }
    }
  },
  required: ['advanced', 'added', 'removed', 'machines']
} as const

export const SnapshotBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    of: { type: 'string', enum: ['mde-emulator'] },
    worldVersion: text,
    seed: { type: 'integer' },
    scenario: text,
    machines: { type: 'integer' },
    tenants: {
      type: 'object',
      propertyNames: guid,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          world: WorldStateBody,
          clock: {
            type: 'object',
            additionalProperties: false,
            properties: {
              offset: { type: 'number', minimum: -mostAdvance, maximum: mostAdvance },
              stopped: { type: 'number', minimum: 0, maximum: lastInstant }
            },
            required: ['offset']
          },
          kept: { type: 'object', description: 'Faults, limits and the like, each in its own form.' }
        },
        required: ['world', 'clock', 'kept']
      }
    }
  },
  required: ['of', 'worldVersion', 'seed', 'scenario', 'machines', 'tenants']
} as const
