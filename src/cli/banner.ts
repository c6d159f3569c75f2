import type { Credentials } from '../credentials.js'

export interface Addresses {
  url: string
  httpsUrl: string | undefined
  /** Where the CA to trust is found; undefined when the user has one. */
  ca: string | undefined
}

/** The block to copy from, once it can be used. */
export function banner(
  { url, httpsUrl, ca }: Addresses,
  { tenant, clientId, clientSecret, adminToken }: Credentials,
  docs: boolean,
  legacyEdge: boolean,
  limits: string
): string {
  const secure =
    httpsUrl === undefined ? '' : `\n  HTTPS          ${httpsUrl}${ca === undefined ? '' : `     (CA: ${ca})`}`
  const resource = 'https://api.securitycenter.microsoft.com'
  return `
  mde-emulator is ready. Not affiliated with Microsoft; all data is synthetic.

  Base URL       ${url}${secure}
  Token URL      ${url}/${tenant}/oauth2/v2.0/token     (v1: ${url}/${tenant}/oauth2/token)
  Tenant         ${tenant}
  Client id      ${clientId}
  Client secret  ${clientSecret}
  Scope          ${resource}/.default${adminToken === null ? '' : `\n  Admin token    ${adminToken}`}${docs ? `\n  Documents      ${url}/docs` : ''}
  Rate limits    ${limits === 'off' ? 'off (--throttle documented turns them on)' : limits}

  Get a token, then ${legacyEdge ? 'the updates that devices with legacy Edge lack' : 'the software of your devices'}:

TOKEN=$(curl -s ${url}/${tenant}/oauth2/v2.0/token -d grant_type=client_credentials -d client_id=${clientId} --data-urlencode 'client_secret=${clientSecret}' -d scope=${resource}/.default | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s -H "Authorization: Bearer $TOKEN" ${url}/api/Software${legacyEdge ? '/microsoft-_-edge/getmissingkbs' : ''}

`
}
