/** From the strongest. */
export const levels = ['documented', 'observed', 'assumed'] as const

/**
 * How sure we are that the real service behaves as we do. Every operation and every decision carries it, and users see
 * it as `x-fidelity` in the OpenAPI documents.
 *
 * - `documented`: Microsoft's reference says so; `source` is the page's slug.
 * - `observed`: somebody published a response, a log line or a client's behaviour; `source` says where.
 * - `assumed`: nobody says so in public. Our decision, never to be read as Microsoft's behaviour.
 */
export interface Evidence {
  what: string
  level: (typeof levels)[number]
  source: string
}

/** Of what production has nothing. */
export const ours: readonly Evidence[] = [
  { what: "the emulator's own; production has nothing of the kind", level: 'assumed', source: 'mde-emulator' }
]

/** Decisions that concern every operation, where the evidence leaves room. */
export const decisions: readonly Evidence[] = [
  {
    what: '401 bodies for missing, malformed and expired tokens; WWW-Authenticate: Bearer',
    level: 'assumed',
    source: 'RFC 6750; no capture exists'
  },
  {
    what: '401 body for a wrong audience: "Invalid Authorization payload. ..."',
    level: 'observed',
    source: 'elastic/beats#41926 (its end is assumed)'
  },
  {
    what: '403 "Missing application roles. API required roles: ..., application roles: ...."',
    level: 'observed',
    source: 'Azure/Azure-Sentinel#7924, #14672'
  },
  {
    what: '403 "Missing scope permissions. ..." for tokens of users',
    level: 'assumed',
    source: 'by analogy with application roles'
  },
  { what: 'error envelope and codes', level: 'documented', source: 'common-errors' },
  { what: 'wording of ODataError', level: 'assumed', source: 'no capture exists' },
  {
    what: 'response headers Content-Type, OData-Version, Vary, Content-Encoding',
    level: 'observed',
    source: "a connector's capture, May 2023"
  },
  {
    what: 'with $top there is no @odata.nextLink; it carries $skip',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#8489; KennaSecurity/toolkit#62'
  },
  { what: 'parameters without $ are ignored', level: 'observed', source: 'alexverboon/PSMDATP' },
  {
    what: 'paths, ids and property names match without regard to case',
    level: 'assumed',
    source: 'clients write them in any case'
  },
  {
    what: '/api/v1.0 is the same as /api',
    level: 'documented',
    source: 'exposed-apis-list; KennaSecurity/toolkit calls it'
  },
  { what: 'context and links keep the prefix that was asked with', level: 'assumed', source: 'no capture exists' },
  {
    what: 'OData key and function syntax',
    level: 'observed',
    source: '$metadata of the live service binds GetMissingKbs to Software and Machine'
  },
  {
    what: 'tokens are version 1.0 whichever endpoint issued them',
    level: 'observed',
    source: 'jcoliz/defender-endpoint-samples'
  },
  { what: '405 with Allow for other methods', level: 'assumed', source: 'RFC 9110' },
  { what: '501 for operations of the service that are not served here', level: 'assumed', source: 'ours' }
]
