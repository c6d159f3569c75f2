import { Score } from '../../model/score.js'
import { exposureScore } from '../../world/scores.js'
import { single } from '../endpoint.js'

export const getExposureScore = single({
  doc: 'get-exposure-score',
  operationId: 'getExposureScore',
  summary: 'Get exposure score',
  description: 'How far the tenant is exposed, from 0 to 100: the sum of what its recommendations would take off.',
  path: '/exposureScore',
  of: Score,
  entitySet: 'ExposureScore',
  permissions: { application: ['Score.Read.All'], delegated: ['Score.Read'] },
  context: () => 'ExposureScore/$entity',
  undocumented: ['rbacGroupName'],
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, time and score', level: 'documented', source: 'get-exposure-score' },
    { what: 'rbacGroupName, rbacGroupId', level: 'observed', source: "the service's own $metadata" },
    { what: 'the formula', level: 'assumed', source: 'it is not public' }
  ],
  read: ({ world }) => exposureScore(world)
})
