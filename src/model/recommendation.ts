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
  description: 'To update a product through which devices are exposed, or to set a configuration that they lack.',
  type: 'object',
  properties: {
    id: {
      ...required.string,
      description: '`va-_-` and the software id, or `sca-_-` and the id of a configuration.',
      examples: ['va-_-microsoft-_-edge']
    },
    productName: { ...nullable.string, examples: ['edge'] },
    recommendationName: { ...nullable.string, examples: ['Update Edge'] },
    weaknesses: { ...required.int64, description: 'Distinct CVEs open through the product; 1 for a configuration.' },
    vendor: { ...nullable.string, examples: ['microsoft'] },
    recommendedVersion: { ...nullable.string, description: 'The version that closes everything; empty where KBs do.' },
    recommendedVendor: { ...nullable.string, description: 'Empty: the vendor stays.' },
    recommendedProgram: { ...nullable.string, description: 'Empty: the product stays.' },
    recommendationCategory: { ...nullable.string, examples: ['Application'] },
    subCategory: nullable.string,
    severityScore: { ...required.double, description: 'Points of a configuration; 0 for a product.' },
    publicExploit: required.boolean,
    activeAlert: required.boolean,
    associatedThreats: nullable.strings,
    remediationType: { ...nullable.string, examples: ['Update'] },
    status: PublicRecommendationExceptionStatus,
    configScoreImpact: { ...required.double, description: 'What following it would add to the configuration score.' },
    exposureImpact: { ...required.double, description: 'What following it would take off the exposure score.' },
    totalMachineCount: { ...required.int64, description: 'Devices that it could concern: that have the product.' },
    exposedMachinesCount: {
      ...required.int64,
      description: 'Devices that are exposed through the product, or lack the configuration.'
    },
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
  'x-observed': [],
  'x-edm': {
    key: 'id',
    navigation: {
      software: { to: 'PublicProductDto', collection: false },
      vulnerabilities: { to: 'PublicVulnerabilityDto', collection: true }
    }
  }
} as const

export type Recommendation = FromSchema<typeof Recommendation>
