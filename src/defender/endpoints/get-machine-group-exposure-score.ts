import { Score } from '../../model/score.js'
import { exposureScoreByMachineGroups } from '../../world/scores.js'
import { collection } from '../endpoint.js'

export const getMachineGroupExposureScore = collection({
  doc: 'get-machine-group-exposure-score',
  operationId: 'listExposureScoreByMachineGroups',
  summary: 'List exposure score by device group',
  description: 'How far the devices of each group are exposed.',
  path: '/exposureScore/ByMachineGroups',
  of: Score,
  bound: { to: 'ConfigurationScore', name: 'ByMachineGroups', collection: true },
  permissions: { application: ['Score.Read.All'], delegated: ['Score.Read'] },
  context: () => 'ExposureScore',
  maxTop: 10_000,
  lasting: true,
  evidence: [
    {
      what: 'path, permissions, context, time, score, rbacGroupName',
      level: 'documented',
      source: 'get-machine-group-exposure-score'
    },
    { what: 'rbacGroupId', level: 'observed', source: 'a Microsoft Power BI template' },
    { what: 'devices in no group are listed with rbacGroupId 0', level: 'assumed', source: 'no capture exists' },
    { what: 'the formula', level: 'assumed', source: 'it is not public' }
  ],
  read: ({ world }) => exposureScoreByMachineGroups(world)
})
