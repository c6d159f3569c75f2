import { AssetSoftware, ExportFilesResponse } from '../../model/export.js'
import { softwareByMachine } from '../../world/exports.js'
import { collection, namespace, single } from '../endpoint.js'
import { byFiles, byPages, filesAnswer, pageSize, sasValidHours } from './assessment.js'

const permissions = { application: ['Software.Read.All'], delegated: ['Software.Read'] }

export const getAssessmentSoftwareInventory = collection({
  doc: 'get-assessment-software-inventory',
  operationId: 'exportSoftwareInventoryByMachine',
  summary: 'Export software inventory per device (JSON response)',
  description: 'Every product on every device.',
  path: '/machines/SoftwareInventoryByMachine',
  parameters: { pageSize },
  of: AssetSoftware,
  bound: { to: 'Machine', name: 'SoftwareInventoryByMachine', collection: true },
  permissions,
  context: () => `Collection(${namespace}.AssetSoftware)`,
  maxTop: 200_000,
  export: { pageSize: 50_000 },
  lasting: false,
  evidence: [
    ...byPages('get-assessment-software-inventory'),
    { what: 'context (the page prints a placeholder)', level: 'observed', source: "the service's own $metadata" },
    { what: 'paths on disk and in the registry, time of first sight', level: 'assumed', source: 'generated' },
    {
      what: 'ends of support',
      level: 'documented',
      source: "Microsoft's lifecycle pages; that the last half year is 'Upcoming' is assumed"
    }
  ],
  read: ({ world }) => softwareByMachine(world)
})

export const getAssessmentSoftwareInventoryFiles = single({
  doc: 'get-assessment-software-inventory',
  operationId: 'exportSoftwareInventoryFiles',
  summary: 'Export software inventory per device (via files)',
  description: 'The same in files, for large organizations.',
  path: '/machines/SoftwareInventoryExport',
  parameters: { sasValidHours },
  of: ExportFilesResponse,
  bound: { to: 'Machine', name: 'SoftwareInventoryExport', collection: true },
  permissions,
  context: () => `${namespace}.ExportFilesResponse`,
  lasting: false,
  evidence: byFiles('get-assessment-software-inventory'),
  read: reading => filesAnswer(reading, 'SoftwareInventory')
})
