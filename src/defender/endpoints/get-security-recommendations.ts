import { Recommendation } from '../../model/recommendation.js'
import { recommendationsOfMachine } from '../../world/recommendations.js'
import { collection } from '../endpoint.js'

export const getSecurityRecommendations = collection({
  doc: 'get-security-recommendations',
  operationId: 'listRecommendationsByMachine',
  summary: 'Get security recommendations',
  description: 'The recommendations that concern one device; their counts are those of the fleet.',
  path: '/machines/:machineId/recommendations',
  params: { machineId: { description: 'Device id.', example: '2339ad14a01bd0299afb93dfa2550136057bff96' } },
  of: Recommendation,
  bound: { to: 'Machine', name: 'Recommendations' },
  permissions: { application: ['SecurityRecommendation.Read.All'], delegated: ['SecurityRecommendation.Read'] },
  context: () => 'Recommendations',
  maxTop: 10_000,
  lasting: true,
  evidence: [
    { what: 'path, permissions, context', level: 'documented', source: 'get-security-recommendations' },
    { what: 'query options work on every property', level: 'assumed', source: 'the page names none' },
    {
      what: 'one recommendation per product through which a device is exposed; exposureImpact is its impactScore',
      level: 'assumed',
      source: 'the formula is not public'
    }
  ],
  read: ({ world, params }) => recommendationsOfMachine(world, world.machine(params.machineId!))
})
