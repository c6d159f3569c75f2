import type { FromSchema } from 'json-schema-to-ts'
import { MachineHealthStatus } from './health-status.js'
import { nullable, required } from './schema.js'

/** Enumerations of the service's `$metadata`; `x-enum-values` are the values that `$orderby` and `gt` compare. */
export const ExclusionReason = {
  title: 'ExclusionReason',
  type: ['string', 'null'],
  enum: ['Other', 'InactiveDevice', 'DuplicateDevice', 'DeviceDoesNotExist', 'DeviceOutOfScope', null],
  'x-enum-values': [0, 1, 2, 3, 4]
} as const

export const RiskScore = {
  title: 'RiskScore',
  type: ['string', 'null'],
  enum: ['None', 'Informational', 'Low', 'Medium', 'High', null],
  'x-enum-values': [0, 5, 10, 20, 30]
} as const

export const ExposureLevel = {
  title: 'ExposureLevel',
  type: 'string',
  enum: ['None', 'Low', 'Medium', 'High'],
  'x-enum-values': [0, 10, 20, 30]
} as const

export const DeviceValue = {
  title: 'DeviceValue',
  type: 'string',
  enum: ['Normal', 'Low', 'High'],
  'x-enum-values': [0, 1, 2]
} as const

export const OnboardingStatus = {
  title: 'OnboardingStatus',
  type: 'string',
  enum: ['InsufficientInfo', 'Onboarded', 'CanBeOnboarded', 'Unsupported'],
  'x-enum-values': [0, 1, 2, 3]
} as const

export const DeviceManagedBy = {
  title: 'DeviceManagedBy',
  type: 'string',
  enum: ['Unknown', 'Intune', 'SystemCenterConfigurationManager', 'MicrosoftDefenderForEndpoint'],
  'x-enum-values': [0, 1, 2, 3]
} as const

export const DeviceManagedByStatus = {
  title: 'DeviceManagedByStatus',
  type: 'string',
  enum: ['Unknown', 'Success', 'Error'],
  'x-enum-values': [0, 1, 2]
} as const

export const InterfaceType = {
  title: 'InterfaceType',
  type: ['string', 'null'],
  enum: [
    'Unknown',
    'Other',
    'Ethernet',
    'TokenRing',
    'PPP',
    'SoftwareLoopback',
    'ATM',
    'IEEE80211',
    'Tunnel',
    'IEEE1394',
    null
  ],
  'x-enum-values': [0, 1, 6, 9, 23, 24, 37, 71, 131, 144]
} as const

export const IpInterfaceOperationalStatus = {
  title: 'IpInterfaceOperationalStatus',
  type: ['string', 'null'],
  enum: ['Up', 'Down', 'Testing', 'Unknown', 'Dormant', 'Present', 'LowerLayerDown', null],
  'x-enum-values': [1, 2, 3, 4, 5, 6, 7]
} as const

export const VmCloudProvider = {
  title: 'vmCloudProvider',
  type: 'string',
  enum: ['Unknown', 'Azure'],
  'x-enum-values': [0, 1]
} as const

export const MachineIpAddress = {
  title: 'MachineIpAddress',
  type: 'object',
  properties: {
    ipAddress: { ...nullable.string, examples: ['172.20.10.4'] },
    macAddress: { ...nullable.string, description: 'Twelve hexadecimal digits, or null.', examples: ['000C2992A64D'] },
    type: InterfaceType,
    operationalStatus: IpInterfaceOperationalStatus
  },
  required: ['ipAddress', 'macAddress', 'type', 'operationalStatus']
} as const

export const VmMetadata = {
  title: 'VmMetadata',
  type: ['object', 'null'],
  properties: {
    vmId: nullable.string,
    cloudProvider: VmCloudProvider,
    resourceId: nullable.string,
    subscriptionId: nullable.string
  },
  required: ['vmId', 'cloudProvider', 'resourceId', 'subscriptionId']
} as const

/**
 * A device. Entity type `Machine`; page machine.md. Properties in the service's order, those of complex type last, as
 * a published capture has them (`ipAddresses`, `vmMetadata`). `osVersion` and `defenderAvStatus`, seen in captures
 * until 2024, are absent: they are no longer in the service's model.
 */
export const Machine = {
  $id: 'Machine',
  title: 'Machine',
  description: 'A device that reports to Microsoft Defender for Endpoint.',
  type: 'object',
  properties: {
    id: { ...required.string, description: '40 lower-case hexadecimal digits.' },
    mergedIntoMachineId: nullable.string,
    isPotentialDuplication: required.boolean,
    isExcluded: required.boolean,
    exclusionReason: ExclusionReason,
    computerDnsName: { ...nullable.string, description: 'Fully qualified name.' },
    firstSeen: nullable.dateTimeOffset,
    lastSeen: {
      ...nullable.dateTimeOffset,
      description: "Time of the last full device report, by the emulator's clock."
    },
    osPlatform: { ...nullable.string, examples: ['Windows10'] },
    osProcessor: { ...nullable.string, examples: ['x64'] },
    version: { ...nullable.string, description: 'Version of the operating system.', examples: ['1909'] },
    lastIpAddress: nullable.string,
    lastExternalIpAddress: nullable.string,
    agentVersion: nullable.string,
    osBuild: { ...nullable.int64, examples: [18363] },
    healthStatus: MachineHealthStatus,
    deviceValue: DeviceValue,
    rbacGroupId: {
      ...required.int32,
      description: 'Device group; 0 for none. The page says String, captures a number.'
    },
    rbacGroupName: nullable.string,
    riskScore: RiskScore,
    exposureLevel: ExposureLevel,
    isAadJoined: nullable.boolean,
    aadDeviceId: nullable.guid,
    machineTags: nullable.strings,
    onboardingStatus: OnboardingStatus,
    osArchitecture: { ...nullable.string, examples: ['64-bit'] },
    managedBy: DeviceManagedBy,
    managedByStatus: DeviceManagedByStatus,
    ipAddresses: { type: 'array', items: MachineIpAddress },
    vmMetadata: VmMetadata
  },
  required: [
    'id',
    'mergedIntoMachineId',
    'isPotentialDuplication',
    'isExcluded',
    'exclusionReason',
    'computerDnsName',
    'firstSeen',
    'lastSeen',
    'osPlatform',
    'osProcessor',
    'version',
    'lastIpAddress',
    'lastExternalIpAddress',
    'agentVersion',
    'osBuild',
    'healthStatus',
    'deviceValue',
    'rbacGroupId',
    'rbacGroupName',
    'riskScore',
    'exposureLevel',
    'isAadJoined',
    'aadDeviceId',
    'machineTags',
    'onboardingStatus',
    'osArchitecture',
    'managedBy',
    'managedByStatus',
    'ipAddresses',
    'vmMetadata'
  ],
  'x-observed': [
    'mergedIntoMachineId',
    'isPotentialDuplication',
    'isExcluded',
    'exclusionReason',
    'agentVersion',
    'managedBy',
    'managedByStatus',
    'vmMetadata'
  ],
  'x-edm': {
    key: 'id',
    after: { ipAddresses: 'rbacGroupName', vmMetadata: 'machineTags' },
    navigation: {
      vulnerabilities: { to: 'PublicVulnerabilityDto', collection: true },
      recommendations: { to: 'Recommendation', collection: true },
      software: { to: 'Software', collection: true }
    }
  }
} as const

export type Machine = FromSchema<typeof Machine>
