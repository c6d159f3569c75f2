import { Software } from '../../model/software.js'
import { inventory } from '../../world/inventory.js'
import { collection } from '../endpoint.js'

export const getSoftware = collection({
  doc: 'get-software',
  operationId: 'listSoftware',
  summary: 'List software',
  description: 'The software inventory of the tenant.',
  path: '/Software',
  of: Software,
  entitySet: 'Software',
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => 'Software',
  maxTop: 10_000,
  filterable: ['id', 'name', 'vendor'],
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, $filter on id, name and vendor, $top of 10,000, $skip',
      level: 'documented',
      source: 'get-software'
    },
    {
      what: 'installedMachines, isNormalized, category (empty) and distributions (empty)',
      level: 'observed',
      source: 'demisto/content, fixtures of 2025'
    },
    { what: 'order of ids; impactScore; $orderby and $select', level: 'assumed', source: 'no capture exists' }
  ],
  read: ({ world }) => inventory(world)
})
