import { PublicVulnerability } from '../../model/vulnerability.js'
import { vulnerabilitiesOfSoftware } from '../../world/vulnerabilities.js'
import { collection, namespace } from '../endpoint.js'
import { generated } from './vulnerability.js'

export const getVulnBySoftware = collection({
  doc: 'get-vuln-by-software',
  operationId: 'listVulnerabilitiesBySoftware',
  summary: 'List vulnerabilities by software',
  description: 'The CVEs that are open on a device through a product.',
  path: '/Software/:Id/vulnerabilities',
  params: { Id: { description: 'Software id.', example: 'microsoft-_-edge' } },
  of: PublicVulnerability,
  bound: { to: 'Software', name: 'Vulnerabilities' },
  // Not Software.Read.All (MicrosoftDocs/microsoft-365-docs#6061).
  permissions: { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] },
  context: profile =>
    `Collection(${profile === 'documented' ? 'Analytics.Contracts.PublicAPI' : namespace}.PublicVulnerabilityDto)`,
  maxTop: 10_000,
  lasting: true,
  evidence: [
    { what: 'path, context', level: 'documented', source: 'get-vuln-by-software' },
    { what: 'permission Vulnerability.Read.All', level: 'observed', source: 'MicrosoftDocs/microsoft-365-docs#6061' },
    { what: "context with the service's own namespace", level: 'observed', source: 'newer captures; its $metadata' },
    { what: 'order by id; query options work on every property', level: 'assumed', source: 'no capture exists' },
    ...generated
  ],
  read: ({ world, params }) => vulnerabilitiesOfSoftware(world, world.software(params.Id!))
})
