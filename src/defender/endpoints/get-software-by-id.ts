import { Software } from '../../model/software.js'
import { software } from '../../world/inventory.js'
import { single } from '../endpoint.js'

export const getSoftwareById = single({
  doc: 'get-software-by-id',
  operationId: 'getSoftware',
  summary: 'Get software by id',
  description: 'One product of the inventory.',
  path: '/Software/:Id',
  params: { Id: { description: 'Software id.', example: 'microsoft-_-edge' } },
  of: Software,
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => 'Software/$entity',
  lasting: true,
  evidence: [
    { what: 'path, permissions and context', level: 'documented', source: 'get-software-by-id' },
    {
      what: '404 for a software id that is installed nowhere',
      level: 'observed',
      source: 'a public log of machineReferences'
    },
    { what: 'wording of that 404', level: 'assumed', source: 'by analogy with machines' }
  ],
  read: ({ world, params }) => software(world, world.software(params.Id!))
})
