import { Machine } from '../../model/machine.js'
import { machine } from '../../world/machines.js'
import { collection } from '../endpoint.js'

export const getMachines = collection({
  doc: 'get-machines',
  operationId: 'listMachines',
  summary: 'List machines',
  description: 'The devices of the tenant.',
  path: '/machines',
  of: Machine,
  entitySet: 'Machines',
  permissions: {
    application: ['Machine.Read.All', 'Machine.ReadWrite.All'],
    delegated: ['Machine.Read', 'Machine.ReadWrite']
  },
  context: () => 'Machines',
  maxTop: 10_000,
  filterable: [
    'computerDnsName',
    'id',
    'version',
    'deviceValue',
    'aadDeviceId',
    'machineTags',
    'lastSeen',
    'exposureLevel',
    'onboardingStatus',
    'lastIpAddress',
    'healthStatus',
    'osPlatform',
    'riskScore',
    'rbacGroupId'
  ],
  lasting: false,
  evidence: [
    {
      what: 'path, permissions, context, properties in $filter, $top of 10,000, $skip',
      level: 'documented',
      source: 'get-machines'
    },
    {
      what: '$orderby and $select',
      level: 'observed',
      source: "Microsoft's Power BI templates; lduchosal/check_msdefender"
    },
    {
      what: 'with $top there is no @odata.nextLink',
      level: 'observed',
      source: 'MicrosoftDocs/microsoft-365-docs#8489'
    },
    { what: '200 and an empty list for a tenant without devices', level: 'assumed', source: 'the page says 404' },
    { what: 'order of the list', level: 'assumed', source: 'no capture exists' },
    {
      what: 'riskScore and exposureLevel: how they follow from open CVEs',
      level: 'assumed',
      source: 'the formula is not public'
    }
  ],
  read: async ({ world, now, cosmetics }) => {
    const paint = await cosmetics()
    const { order } = world
    const at = (device: number) => machine(world, device, now, paint)
    return {
      length: order.length,
      at: position => at(order.at(position)),
      where: equal => {
        const [id, name] = [equal.get('id'), equal.get('computerDnsName')]
        if (typeof id === 'string') return [world.find(id) ?? []].flat().map(at)
        if (typeof name !== 'string') return undefined
        return world
          .named(name)
          .sort((a, b) => a - b)
          .map(at)
      }
    }
  }
})
