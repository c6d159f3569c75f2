import { Machine } from '../../model/machine.js'
import { machine, machinesTagged } from '../../world/machines.js'
import { collection } from '../endpoint.js'
import { invalid, required } from '../parameters.js'

export const findMachinesByTag = collection({
  doc: 'find-machines-by-tag',
  operationId: 'findMachinesByTag',
  summary: 'Find machines by tag',
  description: 'The devices that have a tag, or one that starts with a text.',
  path: '/machines/findbytag',
  parameters: {
    tag: { description: 'Name of the tag.', example: 'Finance', required: true },
    useStartsWithFilter: {
      type: 'boolean',
      description: 'true: tags that start with it count too.',
      example: false
    }
  },
  of: Machine,
  bound: { to: 'Machine', name: 'FindByTag', collection: true },
  permissions: {
    application: ['Machine.Read.All', 'Machine.ReadWrite.All'],
    delegated: ['Machine.Read', 'Machine.ReadWrite']
  },
  context: () => 'Machines',
  maxTop: 10_000,
  lasting: false,
  evidence: [
    { what: 'path, permissions, tag, useStartsWithFilter', level: 'documented', source: 'find-machines-by-tag' },
    { what: 'context; tags match to the letter; code of a 400', level: 'assumed', source: 'no capture exists' }
  ],
  read: async ({ world, parameters, now, cosmetics }) => {
    const tag = required(parameters, 'tag')
    const starts = parameters.get('usestartswithfilter')?.toLowerCase() ?? 'false'
    if (starts !== 'true' && starts !== 'false') {
      throw invalid('InvalidInput', `The parameter 'useStartsWithFilter' must be true or false; found '${starts}'.`)
    }
    const paint = await cosmetics()
    const devices = await machinesTagged(world, own => (starts === 'true' ? own.startsWith(tag) : own === tag))
    return { length: devices.length, at: index => machine(world, devices[index]!, now, paint) }
  }
})
