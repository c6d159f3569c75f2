/**
 * Operations of the real service that are not served here. They exist in production, so 404 would be a lie and an empty
 * 200 a worse one: they answer 501 and say what is served.
 *
 * Names from the service's own `$metadata` (observed) and, of what is no part of that model, from Microsoft's reference.
 */

/** Functions (GET) and actions (POST) bound to one device. */
const ofMachine = {
  GET: ['LogOnUsers', 'Alerts', 'MachineActions', 'Firmware', 'AvailableMachineActions', 'LatestMachineActions'],
  POST: [
    'CollectInvestigationPackage',
    'InitiateInvestigation',
    'Isolate',
    'LogsCollection',
    'OffBoard',
    'RestrictCodeExecution',
    'RunAntiVirusScan',
    'RunCustomPlaybook',
    'RunLiveResponse',
    'SetDeviceValue',
    'SetExclusion',
    'StartInvestigation',
    'StopAndQuarantineFile',
    'Tags',
    'Unisolate',
    'UnrestrictCodeExecution'
  ]
}

/** Those bound to all devices. */
const ofMachines = {
  GET: [
    'BaselineComplianceAssessmentByMachine',
    'BaselineComplianceAssessmentExport',
    'BigPageSize',
    'BrowserExtensionsInventoryByMachine',
    'BrowserExtensionsInventoryExport',
    'CertificateAssessmentByMachine',
    'CertificateAssessmentExport',
    'Dlp',
    'HardwareFirmwareInventoryByMachine',
    'HardwareFirmwareInventoryExport',
    'InfoGatheringExport',
    'SecureConfigurationsAssessmentByMachine',
    'SecureConfigurationsAssessmentExport',
    'SoftwareInventoryNoProductCodeByMachine',
    'SoftwareInventoryNonCpeExport',
    'UnTaggedMachines'
  ],
  POST: ['AddOrRemoveTagForMultipleMachines']
}

/** Entity sets, and other families, of which nothing is served: everything below them exists for all we know. */
const families = [
  'AdvancedHunting',
  'AdvancedQueries',
  'Alerts',
  'BaselineConfigurations',
  'BaselineExceptions',
  'BaselineProfiles',
  'BrowserExtensions',
  'DataExportSettings',
  'DeviceAuthenticatedScanAgents',
  'DeviceAuthenticatedScanDefinitions',
  'DeviceAvInfo',
  'DeviceGroups',
  'Domains',
  'Files',
  'Firmware',
  'Incidents',
  'Indicators',
  'Investigations',
  'Ips',
  'LibraryFiles',
  'MachineAction',
  'MachineActions',
  'PublicProductDto',
  'PublicVulnerabilityDto',
  'RemediationTasks',
  'Users'
]

/** What is not served: one by one where a part of the family is served, by family elsewhere. */
export const unserved = {
  operations: (['GET', 'POST'] as const).flatMap(method => [
    ...ofMachines[method].map(name => `${method} /api/machines/${name}`),
    ...ofMachine[method].map(name => `${method} /api/machines/{machineId}/${name}`)
  ]),
  families
}

const names = (of: typeof ofMachine) => [...of.GET, ...of.POST].join('|')
const pattern = new RegExp(
  `^/(?:machines/(?:${names(ofMachines)})(?:[/(].*)?|machines/[^/]+/(?:${names(ofMachine)})(?:[/(].*)?|(?:${families.join('|')})(?:[/(].*)?)/?$`,
  'i'
)

/** Whether the real service answers at this path (below `/api`) and we do not. */
export function isUnserved(path: string): boolean {
  return pattern.test(path)
}
