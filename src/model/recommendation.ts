import type { FromSchema } from 'json-schema-to-ts'
import { nullable, required } from './schema.js'

export const PublicRecommendationExceptionStatus = {
  title: 'PublicRecommendationExceptionStatus',
  type: 'string',
  enum: ['Active', 'Exception', 'PartialException'],
  'x-enum-values': [0, 1, 2]
} as const

/** A security recommendation. Entity type `Recommendation`; page recommendation.md. */
export const Recommendation = {
  $id: 'Recommendation',
  title: 'Recommendation',
  description: 'To update a product through which devices are exposed.',
  type: 'object',
  properties: {
    id: { ...required.string, description: '`va-_-` and the software id.', examples: ['va-_-microsoft-_-edge'] },
    productName: { ...nullable.string, examples: ['edge'] },
    recommendationName: { ...nullable.string, examples: ['Update Edge'] },
    weaknesses: { ...required.int64, description: 'Distinct CVEs open through the product.' },
    vendor: { ...nullable.string, examples: ['microsoft'] },
    recommendedVersion: { ...nullable.string, description: 'Empty, as in the example of the page.' },
    recommendedVendor: { ...nullable.string, description: 'Empty: the vendor stays.' },
    recommendedProgram: { ...nullable.string, description: 'Empty: the product stays.' },
    recommendationCategory: { ...nullable.string, examples: ['Application'] },
    subCategory: nullable.string,
    severityScore: { ...required.double, description: '0: it rates configurations.' },
    publicExploit: required.boolean,
    activeAlert: required.boolean,
    associatedThreats: nullable.strings,
    remediationType: { ...nullable.string, examples: ['Update'] },
    status: PublicRecommendationExceptionStatus,
    configScoreImpact: { ...required.double, description: '0: it rates configurations.' },
    exposureImpact: { ...required.double, description: 'What following it would take off the exposure score.' },
    totalMachineCount: { ...required.int64, description: 'Devices that have the product.' },
    exposedMachinesCount: { ...required.int64, description: 'Devices that are exposed through it.' },
    nonProductivityImpactedAssets: required.int64,
    relatedComponent: { ...nullable.string, examples: ['Edge'] },
    hasUnpatchableCve: required.boolean,
    tags: nullable.strings,
    exposedCriticalDevices: { ...required.int64, description: '0: no device has a criticality level.' }
  },
  required: [
    'id',
    'productName',
    'recommendationName',
    'weaknesses',
    'vendor',
    'recommendedVersion',
    'recommendedVendor',
    'recommendedProgram',
    'recommendationCategory',
    'subCategory',
    'severityScore',
    'publicExploit',
    'activeAlert',
    'associatedThreats',
    'remediationType',
    'status',
    'configScoreImpact',
    'exposureImpact',
    'totalMachineCount',
    'exposedMachinesCount',
    'nonProductivityImpactedAssets',
    'relatedComponent',
    'hasUnpatchableCve',
    'tags',
    'exposedCriticalDevices'
  ],
  'x-observed': ['hasUnpatchableCve'],
  'x-edm': { key: 'id' }
} as const

export type Recommendation = FromSchema<typeof Recommendation>
