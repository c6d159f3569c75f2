import { PublicAssetVulnerability } from '../../model/vulnerability.js'
import { assetVulnerabilities } from '../../world/vulnerabilities.js'
import { collection, namespace } from '../endpoint.js'

export const getAllVulnerabilitiesByMachines = collection({
  doc: 'get-all-vulnerabilities-by-machines',
  operationId: 'listVulnerabilitiesByMachineAndSoftware',
  summary: 'List vulnerabilities by machine and software',
  description:
    'Every CVE on every device through every product. `fixingKbId` is the `id` of a missing KB of that device.',
  path: '/vulnerabilities/machinesVulnerabilities',
  of: PublicAssetVulnerability,
  bound: { to: 'Vulnerability', name: 'MachinesVulnerabilities', collection: true },
  permissions: { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] },
  context: () => `Collection(${namespace}.PublicAssetVulnerabilityDto)`,
  maxTop: 10_000,
  filterable: ['id', 'cveId', 'machineId', 'fixingKbId', 'productName', 'productVersion', 'severity', 'productVendor'],
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, properties, those in $filter, $top of 10,000, form of the id',
      level: 'documented',
      source: 'get-all-vulnerabilities-by-machines'
    },
    { what: '$orderby', level: 'observed', source: "clients' requests" },
    { what: 'an unknown severity matches nothing', level: 'observed', source: 'MicrosoftDocs/windows-itpro-docs#8932' },
    {
      what: 'order: device by device; of several fixing KBs the newest',
      level: 'assumed',
      source: 'no capture exists'
    },
    {
      what: 'fixingKbId is null where only a later version fixes it',
      level: 'documented',
      source: 'get-all-vulnerabilities-by-machines (its example has a row of chromium Edge)'
    }
  ],
  read: ({ world }) => assetVulnerabilities(world)
})
