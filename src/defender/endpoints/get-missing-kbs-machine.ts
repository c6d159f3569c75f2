import { MissingKb } from '../../model/missing-kb.js'
import { missingKbsOfMachine } from '../../world/missing-kbs.js'
import { collection, namespace } from '../endpoint.js'

export const getMissingKbsMachine = collection({
  doc: 'get-missing-kbs-machine',
  operationId: 'getMissingKbsByMachine',
  summary: 'Get missing KBs by machine id',
  description: 'The security updates that one device lacks.',
  path: '/machines/:machineId/getmissingkbs',
  params: { machineId: { description: 'Device id.', example: '2339ad14a01bd0299afb93dfa2550136057bff96' } },
  of: MissingKb,
  bound: { to: 'Machine', name: 'GetMissingKbs' },
  permissions: { application: ['Software.Read.All'], delegated: [] },
  tolerated: { application: [], delegated: ['Software.Read'] },
  context: () => `Collection(${namespace}.PublicProductFixDto)`,
  maxTop: 10_000,
  counted: true,
  lasting: true,
  flaky: true,
  evidence: [
    {
      what: 'path, application permission, context and the six documented properties',
      level: 'documented',
      source: 'get-missing-kbs-machine'
    },
    { what: '@odata.count unasked, osBuild', level: 'observed', source: 'demisto/content a234f794' },
    {
      what: '404 ResourceNotFound, "Machine <id> was not found"',
      level: 'observed',
      source: 'MicrosoftDocs/microsoft-365-docs#13047'
    },
    {
      what: 'delegated Software.Read is accepted (refused with --profile documented)',
      level: 'assumed',
      source: 'the page names the application permission only'
    },
    {
      what: 'cveAddressed is the sum over the listed products',
      level: 'assumed',
      source: "the page's 97 is 77 + 14 + 6 of the update guide"
    },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' }
  ],
  read: ({ world, params, quirks }) =>
    missingKbsOfMachine(world, world.machine(params.machineId!), { hideSuperseded: quirks.has('hide-superseded') })
})
