import type { Evidence } from '../evidence.js'

/** How sure we are of the token endpoint. */
export const tokenEvidence: Evidence[] = [
  {
    what: 'parameters, grant type, answer of the v2 endpoint',
    level: 'documented',
    source: 'v2-oauth2-client-creds-grant-flow'
  },
  {
    what: 'answer of the v1 endpoint: numbers as strings',
    level: 'observed',
    source: 'published logs of several clients'
  },
  {
    what: 'a version 1.0 token from both endpoints; its claims; iat five minutes in the past',
    level: 'observed',
    source: 'jcoliz/defender-endpoint-samples'
  },
  { what: 'error codes', level: 'documented', source: 'reference-error-codes' },
  { what: 'statuses other than 401 for invalid_client', level: 'assumed', source: 'no capture exists' },
  { what: 'contents of rh, aio and uti', level: 'assumed', source: 'opaque' },
  {
    what: 'client assertions: header, claims, algorithms; a jti may come twice',
    level: 'documented',
    source: 'certificate-credentials (that jti is not checked: assumed)'
  },
  {
    what: 'password, authorization code with PKCE, refresh token, device code',
    level: 'documented',
    source: 'v2-oauth-ropc, v2-oauth2-auth-code-flow, refresh-tokens, v2-oauth2-device-code'
  },
  {
    what: 'using a refresh token returns a new one and does not revoke it',
    level: 'documented',
    source: 'refresh-tokens'
  },
  {
    what: 'a wrong code_verifier does not spend the code',
    level: 'observed',
    source: 'a published run of a conformance test'
  },
  {
    what: 'scp of a user’s token holds the scopes asked for, no others',
    level: 'assumed',
    source: 'no capture exists'
  },
  {
    what: 'a scope without a resource is of this API; in production it is of Microsoft Graph',
    level: 'assumed',
    source: 'ours'
  },
  {
    what: 'the v1 endpoint always sends refresh_token and id_token for users',
    level: 'assumed',
    source: 'general knowledge'
  }
]

/** How sure we are of discovery. */
export const discoveryEvidence: Evidence[] = [
  { what: 'address and documented members', level: 'documented', source: 'v2-protocols-oidc' },
  { what: 'the remaining members', level: 'assumed', source: 'general knowledge' }
]

/** How sure we are of the device code flow. */
export const deviceEvidence: Evidence[] = [
  { what: 'parameters, answer, polling, errors by name', level: 'documented', source: 'v2-oauth2-device-code' },
  {
    what: 'codes 70016 and 70020',
    level: 'observed',
    source: 'toblum/ESPTeamsPresence#49; MicrosoftDocs/azure-docs#92366'
  },
  { what: 'the number of authorization_declined', level: 'assumed', source: 'no capture exists' },
  { what: 'strings and verification_url at v1', level: 'assumed', source: 'what ADAL reads' }
]
