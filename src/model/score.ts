import type { FromSchema } from 'json-schema-to-ts'
import { nullable, required } from './schema.js'

/** A score at a time. Entity type `ConfigurationScore`, which exposure scores use too; page score.md. */
export const Score = {
  $id: 'ConfigurationScore',
  title: 'ConfigurationScore',
  description: 'A score of the tenant or of a device group.',
  type: 'object',
  properties: {
    time: { type: 'string', format: 'date-time', description: 'World time.' },
    score: {
      ...required.double,
      description: 'How it follows from the world is assumed: the formulas are not public.'
    },
    rbacGroupName: { ...nullable.string, description: 'Null for the tenant as a whole, and for devices in no group.' },
    rbacGroupId: nullable.int64
  },
  required: ['time', 'score', 'rbacGroupName', 'rbacGroupId'],
  'x-observed': ['rbacGroupId'],
  'x-edm': { key: 'time' }
} as const

export type Score = FromSchema<typeof Score>
