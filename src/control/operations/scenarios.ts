import { operation } from '../operation.js'

const ScenariosBody = {
  type: 'object',
  properties: {
    value: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'What `--scenario` takes.' },
          about: { type: 'string', description: 'A paragraph for people.' },
          machines: { type: 'integer', description: 'Devices that are generated when nobody says how many.' },
          worldTime: {
            type: ['string', 'null'],
            format: 'date',
            description: 'The day that it is in the world; null for what is no world.'
          },
          measured: {
            type: ['object', 'null'],
            description: 'Of the well-known tenant at seed 1; null for what is no world.',
            properties: {
              machines: { type: 'integer', description: 'Devices, those that the scenario writes down included.' },
              missingUpdates: {
                type: 'integer',
                description: 'Updates that devices lack: the sum of what each lacks.'
              },
              exposureScore: { type: 'number' }
            },
            required: ['machines', 'missingUpdates', 'exposureScore']
          }
        },
        required: ['name', 'about', 'machines', 'worldTime', 'measured']
      }
    }
  },
  required: ['value']
} as const

/** Which worlds there are. An emulator has one: the one that it was started with. */
export const scenarios = [
  operation({
    method: 'GET',
    path: '/scenarios',
    operationId: 'listScenarios',
    summary: 'What kinds of world there are',
    description: 'What `--scenario` takes, each with what tells it apart. Which one this is, `info` says.',
    answers: { 200: { description: 'OK', ...ScenariosBody } },
    run: ({ control }) => ({ value: control.scenarios() })
  })
]
