import { Asset } from '../../model/asset.js'
import { concerns, subjectOf } from '../../world/recommendations.js'
import { references } from '../../world/references.js'
import { collection } from '../endpoint.js'

export const getRecommendationMachines = collection({
  doc: 'get-recommendation-machines',
  operationId: 'listMachinesByRecommendation',
  summary: 'List machines by recommendation',
  description:
    'The devices that a recommendation concerns: those exposed through its product, or that lack its configuration.',
  path: '/recommendations/:recommendationId/machineReferences',
  params: { recommendationId: { description: 'Recommendation id.', example: 'va-_-microsoft-_-edge' } },
  of: Asset,
  bound: { to: 'Recommendation', name: 'MachineReferences' },
  permissions: { application: ['SecurityRecommendation.Read.All'], delegated: ['SecurityRecommendation.Read'] },
  context: () => 'MachineReferences',
  maxTop: 10_000,
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, four properties', level: 'documented', source: 'get-recommendation-machines' },
    {
      what: 'assetCriticalityLevel, tags, rbacGroupId',
      level: 'observed',
      source: "the service's own $metadata (what it sends is not captured)"
    },
    { what: 'order: as in the list of machines', level: 'assumed', source: 'no capture exists' }
  ],
  read: ({ world, params }) => {
    const subject = subjectOf(world, params.recommendationId!)
    return references(world, profile => concerns(subject, profile))
  }
})
