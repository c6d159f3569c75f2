import { Score } from '../../model/score.js'
import { configurationScore } from '../../world/scores.js'
import { single } from '../endpoint.js'

export const getDeviceSecureScore = single({
  doc: 'get-device-secure-score',
  operationId: 'getConfigurationScore',
  summary: 'Get device secure score',
  description: 'How soundly the devices of the tenant are set up, in points.',
  path: '/configurationScore',
  of: Score,
  entitySet: 'ConfigurationScore',
  permissions: { application: ['Score.Read.All'], delegated: ['Score.Read'] },
  context: () => 'ConfigurationScore/$entity',
  undocumented: ['rbacGroupName'],
  lasting: true,
  evidence: [
    { what: 'path, permissions, context, time and score', level: 'documented', source: 'get-device-secure-score' },
    { what: 'rbacGroupName, rbacGroupId', level: 'observed', source: "the service's own $metadata" },
    {
      what: 'the points of each configuration for the share of devices that have it: what recommendations would add is missing',
      level: 'assumed',
      source: 'the formula is not public'
    }
  ],
  read: ({ world }) => configurationScore(world)
})
