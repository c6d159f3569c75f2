import { PublicProduct } from '../../model/software.js'
import { software } from '../../world/inventory.js'
import { productOf } from '../../world/recommendations.js'
import { single } from '../endpoint.js'

export const listRecommendationSoftware = single({
  doc: 'list-recommendation-software',
  operationId: 'getSoftwareByRecommendation',
  summary: 'Get software by recommendation',
  description: 'The product that a recommendation is about.',
  path: '/recommendations/:recommendationId/software',
  params: { recommendationId: { description: 'Recommendation id.', example: 'va-_-microsoft-_-edge' } },
  of: PublicProduct,
  bound: { to: 'Recommendation', name: 'Software' },
  // As the page says, odd as it is (MicrosoftDocs/microsoft-365-docs#6056).
  permissions: { application: ['Software.Read.All'], delegated: ['SecurityRecommendation.Read'] },
  context: () => 'Analytics.Contracts.PublicAPI.PublicProductDto',
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, one object', level: 'documented', source: 'list-recommendation-software' },
    { what: '404 for a configuration: it has no software', level: 'assumed', source: 'no capture exists' },
    {
      what: 'installedMachines, isNormalized, category',
      level: 'observed',
      source: "the service's own $metadata; demisto/content"
    }
  ],
  read: ({ world, params }) => {
    const { distributions: _, ...product } = software(world, productOf(world, params.recommendationId!))
    return product
  }
})
