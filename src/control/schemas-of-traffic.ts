import { mutationNames, responseModes } from '../defender/mutations.js'
import { quirkNames } from '../defender/quirks.js'
import { levels } from '../evidence.js'
import { throttlePattern } from '../traffic/throttle.js'
import { listOf } from './list-of.js'

/** Bodies of faults and limits; those of requests are what validates. */

const count = { type: 'integer', minimum: 0, maximum: 1_000_000_000 } as const
const milliseconds = { type: 'integer', minimum: 0, maximum: 3_600_000 } as const
const headerValue = { type: 'string', pattern: '^[\\x20-\\x7e\\t]*$' } as const

const rule = {
  id: { type: 'string', pattern: '^[\\w.-]{1,64}$', description: 'One is made when it is absent.' },
  match: {
    type: 'object',
    additionalProperties: false,
    description: 'Which calls it is about; what is absent is any.',
    properties: {
      method: { type: 'string', pattern: '^[A-Za-z]{1,20}$' },
      path: {
        type: 'string',
        pattern: '^/',
        maxLength: 500,
        description:
          'Without regard to case; `*` stands for anything within a segment, a segment `**` for any number of them.',
        examples: ['/api/**', '/api/machines/*', '/*/oauth2/**']
      },
      application: { type: 'string', minLength: 1, maxLength: 200, description: 'Client id.' }
    }
  },
  when: {
    type: 'object',
    additionalProperties: false,
    description: 'Which of those it strikes; all when absent.',
    properties: {
      skip: { ...count, description: 'The first so many pass.' },
      every: { ...count, minimum: 1, description: 'Of those after them each n-th.' },
      times: { ...count, minimum: 1, description: 'So often, then never again.' },
      probability: { type: 'number', minimum: 0, maximum: 1, description: 'Drawn by the seed.' }
    }
  },
  answer: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: {
      status: { type: 'integer', minimum: 200, maximum: 599, description: "With the service's own body for it." },
      code: {
        type: 'string',
        minLength: 1,
        maxLength: 100,
        description: 'Code in that body; on the token endpoint an AADSTS code.',
        examples: ['ServiceUnavailable', 'AADSTS90033']
      },
      message: { type: 'string', maxLength: 2_000 },
      body: { description: "In the place of the service's body: JSON, or a text." },
      headers: {
        type: 'object',
        propertyNames: {
          pattern: "^(?!(?:content-length|transfer-encoding|connection|x-emulator-fault)$)[a-z0-9!#$%&'*+.^_`|~-]+$"
        },
        additionalProperties: headerValue,
        description: 'Names in lower case.'
      },
      delay: {
        oneOf: [
          milliseconds,
          {
            type: 'object',
            additionalProperties: false,
            properties: { min: milliseconds, max: milliseconds },
            required: ['min', 'max']
          }
        ],
        description: 'Milliseconds, or a range that the seed draws from.'
      },
      bytesPerSecond: { type: 'integer', minimum: 1, maximum: 1_000_000_000, description: 'The real answer, slowly.' },
      effect: {
        type: 'string',
        enum: ['reset', 'nothing', 'truncate', 'malformed', 'expired'],
        description:
          'Reset the connection, send nothing, cut the real answer, make its JSON malformed, or refuse the tokens that were used so far as expired (wants when.skip).'
      }
    }
  }
} as const

export const FaultRuleBody = { type: 'object', additionalProperties: false, properties: rule, required: ['answer'] }

export const FaultBody = {
  type: 'object',
  properties: {
    ...rule,
    matched: { ...count, description: 'Calls that it was about.' },
    struck: { ...count, description: 'Of those, the ones that it struck.' }
  },
  required: ['id', 'answer', 'matched', 'struck']
}

export const FaultsBody = listOf(FaultBody)

export const PresetsBody = listOf({
  type: 'object',
  properties: { id: { type: 'string' }, about: { type: 'string' }, rule: FaultRuleBody },
  required: ['id', 'about', 'rule']
})

export const ThrottleBody = {
  type: 'object',
  additionalProperties: false,
  properties: {
    limits: {
      type: 'string',
      pattern: throttlePattern,
      description: '`off`, `documented`, or calls in a time for every endpoint.',
      examples: ['documented', '100/1m']
    }
  },
  required: ['limits']
} as const

const names = { type: 'array', items: { type: 'string', enum: quirkNames }, uniqueItems: true } as const

export const SwitchedQuirksBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { on: names, off: names },
  examples: [{ on: ['piped-target'], off: ['top-drops-nextlink'] }]
} as const

export const QuirksBody = listOf({
  type: 'object',
  properties: {
    name: { type: 'string', enum: quirkNames },
    on: { type: 'boolean' },
    what: { type: 'string', description: 'What happens.' },
    since: { type: 'string', description: 'When it was seen.' },
    level: { type: 'string', enum: levels },
    source: { type: 'string' },
    survive: { type: 'string', description: 'What a client does about it.' },
    usual: { type: 'boolean', description: 'On when nobody says anything.' }
  },
  required: ['name', 'on', 'what', 'since', 'level', 'source', 'survive', 'usual']
})

const mode = { type: 'string', enum: responseModes, examples: ['legal-worst'] } as const

export const ResponseModeBody = {
  type: 'object',
  additionalProperties: false,
  properties: { mode },
  required: ['mode']
} as const

export const ResponsesBody = {
  type: 'object',
  properties: {
    mode,
    mutations: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', enum: mutationNames },
          what: { type: 'string' },
          allowed: { type: 'string', description: 'Why a service may answer so.' },
          modes: { type: 'array', items: mode }
        },
        required: ['name', 'what', 'allowed', 'modes']
      }
    }
  },
  required: ['mode', 'mutations']
} as const
