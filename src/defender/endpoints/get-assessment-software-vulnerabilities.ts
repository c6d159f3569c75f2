import { AssetVulnerability, DeltaAssetVulnerability, ExportFilesResponse } from '../../model/export.js'
import { vulnerabilityChanges } from '../../world/changes.js'
import { vulnerabilitiesByMachine } from '../../world/exports.js'
import { collection, namespace, single } from '../endpoint.js'
import { recent, required } from '../parameters.js'
import { snapshotAt } from '../snapshot.js'
import { byFiles, byPages, filesAnswer, pageSize, sasValidHours } from './assessment.js'

const doc = 'get-assessment-software-vulnerabilities'
const permissions = { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] }
const generated = [
  {
    what: 'recommendedSecurityUpdate, ...Id and ...Url are name, id and url of the missing KB that fixes it',
    level: 'observed',
    source: 'test logs of elastic/integrations'
  },
  {
    what: 'paths on disk and in the registry, scores, times of first sight; cveMitigationStatus is null',
    level: 'assumed',
    source: 'generated'
  }
] as const

export const getAssessmentSoftwareVulnerabilities = collection({
  doc,
  operationId: 'exportSoftwareVulnerabilitiesByMachine',
  summary: 'Export software vulnerabilities per device (JSON response)',
  description: 'Every CVE on every device through every product, and every product through which nothing is open.',
  path: '/machines/SoftwareVulnerabilitiesByMachine',
  parameters: { pageSize },
  of: AssetVulnerability,
  bound: { to: 'Machine', name: 'SoftwareVulnerabilitiesByMachine', collection: true },
  permissions,
  context: () => `Collection(${namespace}.AssetVulnerability)`,
  maxTop: 200_000,
  export: { pageSize: 50_000 },
  lasting: false,
  evidence: [...byPages(doc), ...generated],
  read: ({ world, now }) => vulnerabilitiesByMachine(world, now)
})

export const getAssessmentSoftwareVulnerabilitiesFiles = single({
  doc,
  operationId: 'exportSoftwareVulnerabilitiesFiles',
  summary: 'Export software vulnerabilities per device (via files)',
  description: 'The same in files, for large organizations.',
  path: '/machines/SoftwareVulnerabilitiesExport',
  parameters: { sasValidHours },
  of: ExportFilesResponse,
  bound: { to: 'Machine', name: 'SoftwareVulnerabilitiesExport', collection: true },
  permissions,
  context: () => `${namespace}.ExportFilesResponse`,
  lasting: false,
  evidence: byFiles(doc),
  read: reading => filesAnswer(reading, 'VaExport')
})

export const getAssessmentSoftwareVulnerabilityChanges = collection({
  doc,
  operationId: 'exportSoftwareVulnerabilityChangesByMachine',
  summary: 'Delta export of software vulnerabilities per device (JSON response)',
  description: 'What was opened, closed or changed on devices since a time, oldest first.',
  path: '/machines/SoftwareVulnerabilityChangesByMachine',
  parameters: {
    sinceTime: {
      description: 'From the period of six hours that it falls into; at most 14 days back.',
      example: '2026-06-20T00:00:00Z',
      required: true
    },
    pageSize
  },
  of: DeltaAssetVulnerability,
  bound: { to: 'Machine', name: 'SoftwareVulnerabilityChangesByMachine', collection: true },
  permissions,
  context: () => `Collection(${namespace}.DeltaAssetVulnerability)`,
  maxTop: 200_000,
  export: { pageSize: 50_000 },
  lasting: false,
  evidence: [
    ...byPages(doc),
    ...generated,
    {
      what: 'sinceTime: required, 14 days, periods of six hours; New, Fixed, Updated',
      level: 'documented',
      source: doc
    },
    {
      what: 'eventTimestamp in ISO 8601 (the page prints another form)',
      level: 'observed',
      source: "its type in the service's own $metadata"
    },
    {
      what: 'codes of the 400: MissingRequiredParameter, InvalidInput',
      level: 'assumed',
      source: 'common-errors names them; no capture exists'
    },
    {
      what: 'a change is there at once; days of the world count by their own dates, however long the clock has run',
      level: 'assumed',
      source: 'ours'
    }
  ],
  read: ({ world, parameters, now }) => {
    const since = recent(required(parameters, 'sinceTime'), 'sinceTime', now, 14)
    return vulnerabilityChanges(world, snapshotAt(since).getTime(), now)
  }
})
