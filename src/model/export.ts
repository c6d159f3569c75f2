import type { FromSchema } from 'json-schema-to-ts'
import { nullable, required } from './schema.js'

/*
 * Rows of the assessment exports. Pages get-assessment-software-inventory, get-assessment-software-vulnerabilities.
 */

const device = {
  deviceId: nullable.string,
  rbacGroupId: { ...required.int64, description: '0 for devices in no group.' },
  rbacGroupName: { ...nullable.string, description: '`Unassigned` for devices in no group.' },
  deviceName: nullable.string,
  osPlatform: { ...nullable.string, examples: ['Windows10'] }
} as const
const software = {
  softwareVendor: { ...nullable.string, examples: ['microsoft'] },
  softwareName: { ...nullable.string, examples: ['windows_10'] },
  softwareVersion: { ...nullable.string, examples: ['10.0.18363.720'] }
} as const
const evidence = {
  diskPaths: { ...nullable.strings, description: 'Generated.' },
  registryPaths: { ...nullable.strings, description: 'Generated.' }
} as const
const support = {
  endOfSupportStatus: {
    ...nullable.string,
    description: 'None, EOS Version, Upcoming EOS Version, EOS Software or Upcoming EOS Software.'
  },
  endOfSupportDate: { ...nullable.string, examples: ['2021-05-11T00:00:00+00:00'] }
} as const

/** A product on a device. Complex type `AssetSoftware`. */
export const AssetSoftware = {
  $id: 'AssetSoftware',
  title: 'AssetSoftware',
  description: 'A product on a device.',
  type: 'object',
  properties: {
    ...device,
    ...software,
    numberOfWeaknesses: { ...required.int32, description: 'CVEs that are open on the device through it.' },
    ...evidence,
    softwareFirstSeenTimestamp: { ...nullable.string, description: 'Not ISO 8601.', examples: ['2020-12-30 11:07:15'] },
    ...support
  },
  required: [
    'deviceId',
    'rbacGroupId',
    'rbacGroupName',
    'deviceName',
    'osPlatform',
    'softwareVendor',
    'softwareName',
    'softwareVersion',
    'numberOfWeaknesses',
    'diskPaths',
    'registryPaths',
    'softwareFirstSeenTimestamp',
    'endOfSupportStatus',
    'endOfSupportDate'
  ],
  'x-observed': ['rbacGroupId']
} as const

export type AssetSoftware = FromSchema<typeof AssetSoftware>

const vulnerability = {
  id: { ...nullable.string, description: 'Device, product, version and CVE, joined by `_`.' },
  ...device,
  osVersion: { ...nullable.string, examples: ['10.0.18363.720'] },
  osArchitecture: { ...nullable.string, examples: ['x64'] },
  ...software,
  cveId: { ...nullable.string, description: 'Null for a product through which nothing is open.' },
  vulnerabilitySeverityLevel: { ...nullable.string, examples: ['High'] },
  recommendedSecurityUpdate: { ...nullable.string, description: '`name` of the missing KB that fixes it.' },
  recommendedSecurityUpdateId: { ...nullable.string, description: '`id` of that missing KB.', examples: ['4540673'] },
  recommendedSecurityUpdateUrl: { ...nullable.string, description: '`url` of that missing KB.' },
  ...evidence,
  lastSeenTimestamp: { ...nullable.string, examples: ['2020-12-30 14:17:26'] },
  firstSeenTimestamp: { ...nullable.string, description: 'Generated.', examples: ['2020-12-30 11:07:15'] },
  ...support,
  exploitabilityLevel: {
    ...nullable.string,
    description: 'NoExploit, ExploitIsPublic, ExploitIsVerified or ExploitIsInKit.'
  },
  recommendationReference: { ...nullable.string, examples: ['va-_-microsoft-_-edge'] },
  cvssScore: { ...required.double, description: 'Base score (generated); 0 without CVE.' },
  securityUpdateAvailable: required.boolean,
  cveMitigationStatus: { ...nullable.string, description: 'Null: no capture shows a value.' }
} as const
const names = [
  'id',
  'deviceId',
  'rbacGroupId',
  'rbacGroupName',
  'deviceName',
  'osPlatform',
  'osVersion',
  'osArchitecture',
  'softwareVendor',
  'softwareName',
  'softwareVersion',
  'cveId',
  'vulnerabilitySeverityLevel',
  'recommendedSecurityUpdate',
  'recommendedSecurityUpdateId',
  'recommendedSecurityUpdateUrl',
  'diskPaths',
  'registryPaths',
  'lastSeenTimestamp',
  'firstSeenTimestamp',
  'endOfSupportStatus',
  'endOfSupportDate',
  'exploitabilityLevel',
  'recommendationReference',
  'cvssScore',
  'securityUpdateAvailable',
  'cveMitigationStatus'
] as const
const observed = ['rbacGroupId', 'endOfSupportStatus', 'endOfSupportDate', 'cveMitigationStatus'] as const

/** A CVE on a device through a product, or a product without one. Complex type `AssetVulnerability`. */
export const AssetVulnerability = {
  $id: 'AssetVulnerability',
  title: 'AssetVulnerability',
  description: 'A CVE that is open on a device through a product; without CVE, a product through which nothing is.',
  type: 'object',
  properties: vulnerability,
  required: names,
  'x-observed': observed
} as const

export type AssetVulnerability = FromSchema<typeof AssetVulnerability>

/** A change of one. Complex type `DeltaAssetVulnerability` (extends `AssetVulnerability`). */
export const DeltaAssetVulnerability = {
  $id: 'DeltaAssetVulnerability',
  title: 'DeltaAssetVulnerability',
  description: 'A CVE that was opened, closed or changed on a device.',
  type: 'object',
  properties: {
    ...vulnerability,
    status: { ...nullable.string, description: 'New, Fixed or Updated.' },
    eventTimestamp: { type: 'string', format: 'date-time' }
  },
  required: [...names, 'status', 'eventTimestamp'],
  'x-observed': observed,
  'x-edm': { base: { name: 'AssetVulnerability', properties: names } }
} as const

export type DeltaAssetVulnerability = FromSchema<typeof DeltaAssetVulnerability>

/** Where the files of an export are. Complex type `ExportFilesResponse`. */
export const ExportFilesResponse = {
  $id: 'ExportFilesResponse',
  title: 'ExportFilesResponse',
  description: 'Addresses of files, each gzip of one JSON object per line.',
  type: 'object',
  properties: {
    exportFiles: { ...nullable.strings, description: 'Good for as long as `sasValidHours` says, without a token.' },
    generatedTime: { ...nullable.dateTimeOffset, examples: ['2021-01-11T11:01:00Z'] }
  },
  required: ['exportFiles', 'generatedTime'],
  'x-observed': []
} as const

export type ExportFilesResponse = FromSchema<typeof ExportFilesResponse>
