import { Asset } from '../../model/asset.js'
import { references } from '../../world/references.js'
import { collection } from '../endpoint.js'

export const getMachinesBySoftware = collection({
  doc: 'get-machines-by-software',
  operationId: 'listMachinesBySoftware',
  summary: 'List machines by software',
  description: 'The devices that have a product.',
  path: '/Software/:Id/machineReferences',
  params: { Id: { description: 'Software id.', example: 'microsoft-_-edge' } },
  of: Asset,
  bound: { to: 'Software', name: 'MachineReferences' },
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => 'MachineReferences',
  maxTop: 10_000,
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, four properties; osPlatform is one string, the two of the page are a misprint',
      level: 'documented',
      source: 'get-machines-by-software'
    },
    {
      what: 'assetCriticalityLevel, tags, rbacGroupId',
      level: 'observed',
      source: "the service's own $metadata (what it sends is not captured)"
    },
    { what: '404 for an unknown software id', level: 'observed', source: 'a public log of this operation' },
    { what: 'order: as in the list of machines', level: 'assumed', source: 'no capture exists' },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' }
  ],
  read: ({ world, params }) => {
    const product = world.software(params.Id!)
    return references(world, profile => profile.has(product))
  }
})
