import type { FaultRule } from './faults.js'

/** A way to fail that clients should survive, by name. */
export interface Preset {
  readonly about: string
  readonly rule: FaultRule
}

const wholeApi = { path: '/api/**' }

export const presets: Readonly<Record<string, Preset>> = {
  outage: {
    about: 'The API answers 503 until the rule is removed.',
    rule: { match: wholeApi, answer: { status: 503, headers: { 'retry-after': '30' } } }
  },
  'flaky-10': {
    about: 'One call in ten, drawn by the seed, is answered 503; the same ones in every run.',
    rule: { match: wholeApi, when: { probability: 0.1 }, answer: { status: 503 } }
  },
  throttled: {
    about: 'Every second call is answered 429, to be repeated after a second.',
    rule: { match: wholeApi, when: { every: 2 }, answer: { status: 429, headers: { 'retry-after': '1' } } }
  },
  'expired-mid-run': {
    about: 'After five calls every token used so far has expired; one that is fetched then is good.',
    rule: { match: wholeApi, when: { skip: 5 }, answer: { effect: 'expired' } }
  },
  'aad-down': {
    about: 'The token endpoint answers 503, AADSTS90033: a transient error.',
    rule: { match: { path: '/*/oauth2/**' }, answer: { status: 503, code: 'AADSTS90033' } }
  }
}
