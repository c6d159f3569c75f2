import { PublicVulnerability } from '../../model/vulnerability.js'
import { subjectOf } from '../../world/recommendations.js'
import { vulnerabilitiesOfSoftware } from '../../world/vulnerabilities.js'
import { collection, namespace } from '../endpoint.js'
import { generated } from './vulnerability.js'

export const getRecommendationVulnerabilities = collection({
  doc: 'get-recommendation-vulnerabilities',
  operationId: 'listVulnerabilitiesByRecommendation',
  summary: 'List vulnerabilities by recommendation',
  description: 'The CVEs that following a recommendation would close.',
  path: '/recommendations/:recommendationId/vulnerabilities',
  params: { recommendationId: { description: 'Recommendation id.', example: 'va-_-microsoft-_-edge' } },
  of: PublicVulnerability,
  bound: { to: 'Recommendation', name: 'Vulnerabilities' },
  permissions: { application: ['Vulnerability.Read.All'], delegated: ['Vulnerability.Read'] },
  context: profile =>
    `Collection(${profile === 'documented' ? 'Analytics.Contracts.PublicAPI' : namespace}.PublicVulnerabilityDto)`,
  maxTop: 10_000,
  lasting: true,
  evidence: [
    { what: 'path, permissions, type', level: 'documented', source: 'get-recommendation-vulnerabilities' },
    { what: 'context', level: 'assumed', source: 'as vulnerabilities by software' },
    { what: 'none for a configuration', level: 'assumed', source: 'no capture exists' },
    ...generated
  ],
  read: ({ world, params }) => {
    const subject = subjectOf(world, params.recommendationId!)
    return 'product' in subject ? vulnerabilitiesOfSoftware(world, subject.product) : []
  }
})
