import { Recommendation } from '../../model/recommendation.js'
import { recommendations } from '../../world/recommendations.js'
import { collection } from '../endpoint.js'

export const getAllRecommendations = collection({
  doc: 'get-all-recommendations',
  operationId: 'listRecommendations',
  summary: 'List all recommendations',
  description:
    'To update the products through which devices of the tenant are exposed, and to set the configurations they lack.',
  path: '/recommendations',
  of: Recommendation,
  entitySet: 'Recommendations',
  permissions: { application: ['SecurityRecommendation.Read.All'], delegated: ['SecurityRecommendation.Read'] },
  context: () => 'Recommendations',
  maxTop: 10_000,
  filterable: [
    'id',
    'productName',
    'vendor',
    'recommendedVersion',
    'recommendationCategory',
    'subCategory',
    'severityScore',
    'remediationType',
    'recommendedProgram',
    'recommendedVendor',
    'status'
  ],
  counted: true,
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, properties in $filter, $top of 10,000',
      level: 'documented',
      source: 'get-all-recommendations'
    },
    { what: '@odata.count unasked', level: 'observed', source: 'an older README of jcoliz/defender-endpoint-samples' },
    {
      what: 'one recommendation per product through which a device is exposed, exposureImpact being its impactScore, and one per configuration that a device lacks, configScoreImpact being its points for those devices',
      level: 'assumed',
      source: 'the formula is not public'
    }
  ],
  read: ({ world }) => recommendations(world)
})
