import type { FromSchema } from 'json-schema-to-ts'
import { nullable, required } from './schema.js'

/** Versions of a product in the fleet. Complex type `PublicDistributionDto`. */
export const Distribution = {
  $id: 'PublicDistributionDto',
  type: 'object',
  title: 'PublicDistributionDto',
  description: 'A version of a product, and how far it is spread.',
  properties: {
    version: { ...nullable.string, examples: ['11.0.18363.535'] },
    installations: { ...required.int64, description: 'Devices that have this version.' },
    vulnerabilities: { ...required.int64, description: 'Distinct CVEs open on those devices through the product.' }
  },
  required: ['version', 'installations', 'vulnerabilities'],
  'x-observed': []
} as const

export type Distribution = FromSchema<typeof Distribution>

const inherited = {
  id: {
    ...required.string,
    description: 'vendor, `-_-`, product: lower case, blanks as `_`.',
    examples: ['microsoft-_-edge']
  },
  name: { ...nullable.string, examples: ['edge'] },
  vendor: { ...nullable.string, examples: ['microsoft'] },
  weaknesses: { ...required.int64, description: 'Distinct CVEs open on at least one device.', examples: [467] },
  publicExploit: { ...required.boolean, description: 'One of those CVEs has a public exploit.' },
  activeAlert: { ...required.boolean, description: 'A device with an open alert is exposed through this product.' },
  exposedMachines: { ...required.int64, description: 'Devices with at least one of those CVEs.', examples: [172] },
  installedMachines: { ...required.int64, description: 'Devices that have the product.' },
  impactScore: {
    ...required.single,
    description:
      'Share of this product in the exposure of the fleet. How the service computes it is not public: assumed.',
    examples: [2.39947438]
  },
  isNormalized: { ...required.boolean, description: 'The product is known to the catalog of products.' },
  category: { ...nullable.string, description: 'Empty in every published capture.' }
} as const
const names = [
  'id',
  'name',
  'vendor',
  'weaknesses',
  'publicExploit',
  'activeAlert',
  'exposedMachines',
  'installedMachines',
  'impactScore',
  'isNormalized',
  'category'
] as const

/** A product. Entity type `PublicProductDto`. */
export const PublicProduct = {
  $id: 'PublicProductDto',
  title: 'PublicProductDto',
  description: 'A product that is installed on at least one device of the tenant.',
  type: 'object',
  properties: inherited,
  required: names,
  'x-observed': ['installedMachines', 'isNormalized', 'category'],
  'x-edm': { key: 'id' }
} as const

/** A product in the fleet's inventory. Entity type `Software` (extends `PublicProductDto`); page software.md. */
export const Software = {
  $id: 'Software',
  title: 'Software',
  description: 'A product that is installed on at least one device of the tenant.',
  type: 'object',
  properties: {
    ...inherited,
    distributions: {
      type: 'array',
      items: Distribution,
      description: 'Empty in every published capture: the versions are at `/distributions`.'
    }
  },
  required: [...names, 'distributions'],
  'x-observed': ['installedMachines', 'isNormalized', 'category', 'distributions'],
  'x-edm': {
    key: 'id',
    base: { name: 'PublicProductDto', properties: names },
    navigation: { vulnerabilities: { to: 'PublicVulnerabilityDto', collection: true } }
  }
} as const

export type Software = FromSchema<typeof Software>
