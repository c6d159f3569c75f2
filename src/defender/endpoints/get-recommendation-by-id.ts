import { Recommendation } from '../../model/recommendation.js'
import { recommendationById } from '../../world/recommendations.js'
import { single } from '../endpoint.js'

export const getRecommendationById = single({
  doc: 'get-recommendation-by-id',
  operationId: 'getRecommendation',
  summary: 'Get recommendation by id',
  description: 'One recommendation.',
  path: '/recommendations/:recommendationId',
  params: { recommendationId: { description: 'Recommendation id.', example: 'va-_-microsoft-_-edge' } },
  of: Recommendation,
  permissions: { application: ['SecurityRecommendation.Read.All'], delegated: ['SecurityRecommendation.Read'] },
  context: () => 'Recommendations/$entity',
  lasting: true,
  evidence: [
    { what: 'path, permissions, context', level: 'documented', source: 'get-recommendation-by-id' },
    {
      what: '404 ResourceNotFound, "Recommendation <id> was not found"',
      level: 'assumed',
      source: 'by analogy with machines'
    },
    {
      what: 'one recommendation per product through which a device is exposed; exposureImpact is its impactScore',
      level: 'assumed',
      source: 'the formula is not public'
    }
  ],
  read: ({ world, params }) => recommendationById(world, params.recommendationId!)
})
