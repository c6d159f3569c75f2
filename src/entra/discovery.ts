import { issuerOf } from './claims.js'
import type { Authority } from './requests.js'

/**
 * OpenID Connect discovery (page v2-protocols-oidc), built from the address that the client used: MSAL for Node compares
 * `issuer` with its authority from version 5 on. Members and values as the real documents have them (a copy of one:
 * panva/wellknown, issuers/entra-common), but for what is not served. `userinfo_endpoint` is the one of v1 for both, for
 * Microsoft Graph, which has the other, is not here.
 */
export function openidConfiguration(address: string, authority: Authority, version: 'v1' | 'v2'): object {
  const { name, tenant } = authority
  const id = tenant?.id ?? '{tenantid}'
  const base = `${address}/${name}`
  const v2 = version === 'v2'
  const endpoints = `${base}/oauth2/${v2 ? 'v2.0/' : ''}`
  return {
    token_endpoint: `${endpoints}token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    jwks_uri: `${base}/discovery/${v2 ? 'v2.0/' : ''}keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: v2 ? ['openid', 'profile', 'email', 'offline_access'] : ['openid'],
    // Tokens are of version 1.0 and carry the v1 issuer; the v2 document names the authority, as MSAL wants it.
    issuer: v2 ? `${address}/${id}/v2.0` : issuerOf({ id }),
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${base}/openid/userinfo`,
    authorization_endpoint: `${endpoints}authorize`,
    device_authorization_endpoint: `${endpoints}devicecode`,
    http_logout_supported: true,
    end_session_endpoint: `${endpoints}logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'name', 'preferred_username', 'email', 'tid', 'ver'],
    tenant_region_scope: tenant === undefined ? null : 'NA',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net'
  }
}

/** Which names mean the same cloud (observed: MSAL carries a copy of the answer for when it cannot ask). */
const clouds = [
  {
    preferred_network: 'login.microsoftonline.com',
    preferred_cache: 'login.windows.net',
    aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net']
  },
  {
    preferred_network: 'login.microsoftonline.us',
    preferred_cache: 'login.microsoftonline.us',
    aliases: ['login.microsoftonline.us', 'login.usgovcloudapi.net']
  }
]

/**
 * Instance discovery, which azure-identity for Python asks before anything else. An address of our own is its own cloud,
 * beside the real ones.
 */
export function instanceDiscovery(address: string, tenant: string): object {
  const host = new URL(address).host
  const own = clouds.some(({ aliases }) => aliases.includes(host))
    ? []
    : [{ preferred_network: host, preferred_cache: host, aliases: [host] }]
  return {
    tenant_discovery_endpoint: `${address}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [...own, ...clouds]
  }
}
