import { isIP } from 'node:net'
import { Machine } from '../../model/machine.js'
import { machine, wasSeen } from '../../world/machines.js'
import { collection } from '../endpoint.js'
import { argumentsOf, invalid, recent, required } from '../parameters.js'

/** A quarter of an hour before and after (documented). */
const around = 15 * 60_000

export const findMachinesByIp = collection({
  doc: 'find-machines-by-ip',
  operationId: 'findMachinesByIp',
  summary: 'Find machines by internal IP',
  description: 'The devices that were seen with an internal address within 15 minutes before or after a time.',
  path: '/machines/findbyip/:arguments',
  call: {
    path: "/machines/findbyip(ip='{ip}',timestamp={timestamp})",
    params: {
      ip: { description: 'Internal address.', example: '10.0.0.1' },
      timestamp: { description: 'Within the past 30 days.', example: '2026-06-30T12:00:00Z' }
    }
  },
  of: Machine,
  bound: {
    to: 'Machine',
    name: 'FindByIp',
    collection: true,
    parameters: [
      { name: 'ip', type: 'Edm.String' },
      { name: 'timestamp', type: 'Edm.DateTimeOffset' }
    ]
  },
  permissions: {
    application: ['Machine.Read.All', 'Machine.ReadWrite.All'],
    delegated: ['Machine.Read', 'Machine.ReadWrite']
  },
  context: () => 'Machines',
  maxTop: 10_000,
  lasting: false,
  evidence: [
    {
      what: 'path, permissions, 15 minutes before and after, 400 for a timestamp that is not in the past 30 days',
      level: 'documented',
      source: 'find-machines-by-ip'
    },
    {
      what: 'context; codes InvalidIpAddress and InvalidInput',
      level: 'assumed',
      source: 'common-errors names the codes'
    },
    {
      what: 'a device is seen with its one address whenever it reports, once a day',
      level: 'assumed',
      source: 'machine.md says every 24 hours'
    }
  ],
  read: async ({ world, params, now, cosmetics }) => {
    const given = argumentsOf(params.arguments!)
    const ip = required(given, 'ip')
    if (isIP(ip) === 0) throw invalid('InvalidIpAddress', `'${ip}' is not an IP address.`)
    const at = recent(required(given, 'timestamp'), 'timestamp', now, 30)
    const paint = await cosmetics()
    const device = world.byAddress(ip)
    return device !== undefined && wasSeen(world, device, at, around, now) ? [machine(world, device, now, paint)] : []
  }
})
