import { Machine } from '../../model/machine.js'
import { machine } from '../../world/machines.js'
import { single } from '../endpoint.js'

export const getMachineById = single({
  doc: 'get-machine-by-id',
  operationId: 'getMachine',
  summary: 'Get machine by id or computer name',
  description: 'One device, by its id or its computer name.',
  path: '/machines/:machineId',
  params: {
    machineId: { description: 'Device id or computer name.', example: '2339ad14a01bd0299afb93dfa2550136057bff96' }
  },
  of: Machine,
  permissions: {
    application: ['Machine.Read.All', 'Machine.ReadWrite.All'],
    delegated: ['Machine.Read', 'Machine.ReadWrite']
  },
  context: profile => (profile === 'documented' ? 'Machine' : 'Machines/$entity'),
  lasting: false,
  evidence: [
    { what: 'path, permissions; the id may be the computer name', level: 'documented', source: 'get-machine-by-id' },
    {
      what: 'context #Machines/$entity (the page prints #Machine) and the order of properties',
      level: 'observed',
      source: "a connector's capture, May 2023"
    },
    {
      what: '404 ResourceNotFound, "Machine <id> was not found"',
      level: 'observed',
      source: 'MicrosoftDocs/microsoft-365-docs#13047'
    },
    {
      what: 'a name that several devices have leads to the one that is not merged into another',
      level: 'assumed',
      source: 'no page says which'
    }
  ],
  read: async ({ world, params, now, cosmetics }) =>
    machine(world, world.machineByIdOrName(params.machineId!), now, await cosmetics())
})
