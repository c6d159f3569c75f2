import { issuerOf } from './claims.js'

/** Tenant ids, domains, and the names that stand for any tenant. */
export type Authority = { id: string } | 'common' | 'organizations'

/**
 * OpenID Connect discovery (page v2-protocols-oidc), built from the address that the client used: MSAL for Node compares
 * `issuer` with its authority from version 5 on. Members and values as the real documents have them (a copy of one:
 * panva/wellknown, issuers/entra-common), but for endpoints and ways to sign in that are not served. Two of those are
 * named all the same, and answer AADSTS90023 for now: clients fail without an `authorization_endpoint`, and print where
 * a device code would come from.
 */
export function openidConfiguration(address: string, authority: Authority, version: 'v1' | 'v2'): object {
  const tenant = typeof authority === 'string' ? authority : authority.id
  const id = typeof authority === 'string' ? '{tenantid}' : authority.id
  const base = `${address}/${tenant}`
  const v2 = version === 'v2'
  return {
    token_endpoint: `${base}/oauth2/${v2 ? 'v2.0/' : ''}token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/${v2 ? 'v2.0/' : ''}keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: v2 ? ['openid', 'profile', 'email', 'offline_access'] : ['openid'],
    // Tokens are of version 1.0 and carry the v1 issuer; the v2 document names the authority, as MSAL wants it.
    issuer: v2 ? `${address}/${id}/v2.0` : issuerOf({ id }),
    request_uri_parameter_supported: false,
    authorization_endpoint: `${base}/oauth2/${v2 ? 'v2.0/' : ''}authorize`,
    device_authorization_endpoint: `${base}/oauth2/${v2 ? 'v2.0/' : ''}devicecode`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'name', 'tid', 'ver'],
    tenant_region_scope: typeof authority === 'string' ? null : 'NA',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net'
  }
}

/** Instance discovery, which azure-identity for Python asks before anything else: the address is its own cloud. */
export function instanceDiscovery(address: string, tenant: string): object {
  const host = new URL(address).host
  return {
    tenant_discovery_endpoint: `${address}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }]
  }
}
