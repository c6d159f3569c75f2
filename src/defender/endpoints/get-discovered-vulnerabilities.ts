import { Vulnerability } from '../../model/vulnerability.js'
import { vulnerabilitiesOfMachine } from '../../world/vulnerabilities.js'
import { collection, namespace } from '../endpoint.js'
import { generated } from './vulnerability.js'

export const getDiscoveredVulnerabilities = collection({
  doc: 'get-discovered-vulnerabilities',
  operationId: 'listVulnerabilitiesByMachine',
  summary: 'Get discovered vulnerabilities',
  description: 'The CVEs that are open on one device; exposedMachines counts the fleet.',
  path: '/machines/:machineId/vulnerabilities',
  params: { machineId: { description: 'Device id.', example: '2339ad14a01bd0299afb93dfa2550136057bff96' } },
  of: Vulnerability,
  bound: { to: 'Machine', name: 'Vulnerabilities' },
  permissions: { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] },
  context: profile =>
    profile === 'documented' ? 'Collection(Analytics.Contracts.PublicAPI.PublicVulnerabilityDto)' : 'Vulnerabilities',
  rowType: `#${namespace}.PublicVulnerabilityDto`,
  maxTop: 10_000,
  counted: true,
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context of --profile documented',
      level: 'documented',
      source: 'get-discovered-vulnerabilities'
    },
    { what: '@odata.count unasked, @odata.type of each row', level: 'observed', source: 'demisto/content 01252c30' },
    {
      what: 'context of --profile observed; order by id; query options work on every property',
      level: 'assumed',
      source: 'no capture exists'
    },
    ...generated
  ],
  read: ({ world, params }) => vulnerabilitiesOfMachine(world, world.machine(params.machineId!))
})
