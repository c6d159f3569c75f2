import { Software } from '../../model/software.js'
import { inventoryOf } from '../../world/inventory.js'
import { collection } from '../endpoint.js'

export const getInstalledSoftware = collection({
  doc: 'get-installed-software',
  operationId: 'listSoftwareByMachine',
  summary: 'Get installed software',
  description: 'The products that one device has; their counts are those of the fleet.',
  path: '/machines/:machineId/software',
  params: { machineId: { description: 'Device id.', example: '2339ad14a01bd0299afb93dfa2550136057bff96' } },
  of: Software,
  bound: { to: 'Machine', name: 'Software' },
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => 'Software',
  maxTop: 10_000,
  counted: true,
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, properties', level: 'documented', source: 'get-installed-software' },
    { what: '@odata.count unasked', level: 'observed', source: 'demisto/content 01252c30' },
    { what: 'counts are those of the fleet', level: 'assumed', source: 'the page shows the type of the inventory' },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' }
  ],
  read: ({ world, params }) => inventoryOf(world, world.machine(params.machineId!))
})
