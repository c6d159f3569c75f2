import { Distribution } from '../../model/software.js'
import { distributions } from '../../world/inventory.js'
import { collection } from '../endpoint.js'

export const getSoftwareVerDistribution = collection({
  doc: 'get-software-ver-distribution',
  operationId: 'listDistributions',
  summary: 'List software version distribution',
  description: 'The versions of a product in the fleet.',
  path: '/Software/:Id/distributions',
  params: { Id: { description: 'Software id.', example: 'microsoft-_-internet_explorer' } },
  of: Distribution,
  bound: { to: 'Software', name: 'Distributions' },
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => 'Distributions',
  maxTop: 10_000,
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, properties', level: 'documented', source: 'get-software-ver-distribution' },
    {
      what: 'revisions of what belongs to Windows: generated, they grow with the newest update',
      level: 'assumed',
      source: 'the real ones are not in the data'
    },
    { what: 'order: lowest version first', level: 'assumed', source: 'as in the example of the page' },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' }
  ],
  read: ({ world, params }) => distributions(world, world.software(params.Id!))
})
