import { MissingKb } from '../../model/missing-kb.js'
import { NotFound } from '../../world/errors.js'
import { missingKbsOfSoftware } from '../../world/missing-kbs.js'
import { collection, namespace } from '../endpoint.js'

export const getMissingKbsSoftware = collection({
  doc: 'get-missing-kbs-software',
  operationId: 'getMissingKbsBySoftware',
  summary: 'Get missing KBs by software id',
  description: 'The security updates that at least one device of the tenant lacks for this product.',
  path: '/Software/:Id/getmissingkbs',
  params: { Id: { description: 'Software id.', example: 'microsoft-_-edge' } },
  of: MissingKb,
  bound: { to: 'Software', name: 'GetMissingKbs' },
  permissions: { application: ['Software.Read.All'], delegated: ['Software.Read'] },
  context: () => `Collection(${namespace}.PublicProductFixDto)`,
  maxTop: 10_000,
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context and the six documented properties',
      level: 'documented',
      source: 'get-missing-kbs-software'
    },
    {
      what: 'osBuild as third property, integer or null',
      level: 'observed',
      source: '$metadata of the live service; demisto/content a234f794 (by device)'
    },
    {
      what: '404 for a software id that is installed nowhere',
      level: 'observed',
      source: 'a public log of machineReferences'
    },
    {
      what: 'wording of that 404; quirk unknown-software-empty answers an empty list instead',
      level: 'assumed',
      source: 'by analogy with machines'
    },
    { what: 'an empty list for a product that nobody has to patch', level: 'assumed', source: 'no capture exists' },
    {
      what: 'superseded KBs are listed; order: newest release first, then by number',
      level: 'assumed',
      source: 'no capture exists'
    },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' },
    {
      what: 'machineMissedOn counts devices, cveAddressed the CVEs fixed in this product',
      level: 'assumed',
      source: "worked out from the page's 240 and 14 and the update guide"
    }
  ],
  read: ({ world, params, quirks }) => {
    try {
      return missingKbsOfSoftware(world, world.software(params.Id!), { hideSuperseded: quirks.has('hide-superseded') })
    } catch (error) {
      if (quirks.has('unknown-software-empty') && error instanceof NotFound) return []
      throw error
    }
  }
})
