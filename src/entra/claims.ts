import { type CloudName, regionOf } from '../clouds.js'
import { defenderAppId } from './audiences.js'
import { type App, servicePrincipal, type Tenant, type User } from './directory.js'
import { derivedText, type Ids } from './ids.js'

/** Access tokens hold for 3,900 s from an `iat` that lies five minutes in the past (observed, jcoliz hello-world). */
export const lifetime = 3900
export const backdated = 300
/** What the answer of the token endpoint says, one second short of what remains. */
export const expiresIn = lifetime - backdated - 1

/** How an app proves who it is. */
export type Proof = 'none' | 'secret' | 'certificate'

const appidacr: Record<Proof, string> = { none: '0', secret: '1', certificate: '2' }

export interface Grant {
  tenant: Tenant
  app: App
  audience: string
  issuer?: string
  /** NumericDate, as `iat` too. */
  notBefore: number
  expires: number
  roles: readonly string[]
  /** How the app proved who it is: a secret for its own token, nothing for a user's unless said. */
  proof?: Proof
  /** Of the sign-in host that issues it. */
  cloud?: CloudName | undefined
  /** Makes it a token of a user. */
  user?: { of: User; scopes: readonly string[] }
}

/**
 * The claims of a version 1.0 access token: the real service issues no others for this API, also from its v2 endpoint
 * (observed). Order as in the published one. `rh`, `aio` and `uti` are opaque; ours hold the shapes, not the contents.
 */
export function claimsOf(grant: Grant, ids: Ids): Record<string, unknown> {
  const { tenant, app, audience, notBefore, expires, roles, user, proof } = grant
  const identityProvider = issuerOf(tenant)
  const common = {
    aud: audience,
    iss: grant.issuer ?? identityProvider,
    iat: notBefore,
    nbf: notBefore,
    exp: expires
  }
  const rest = {
    rh: rh(tenant),
    ...(roles.length > 0 && { roles: [...roles] })
  }
  if (user !== undefined) {
    const { of, scopes } = user
    return {
      ...common,
      acr: '1',
      aio: ids.base64url(30),
      amr: ['pwd'],
      app_displayname: app.name,
      appid: app.clientId,
      appidacr: appidacr[proof ?? 'none'],
      ipaddr: '127.0.0.1',
      name: displayName(of),
      oid: of.objectId,
      ...rest,
      scp: scopes.join(' '),
      sub: pairwise(tenant, app, of),
      tenant_region_scope: regionOf(grant.cloud),
      tid: tenant.id,
      unique_name: of.name,
      upn: of.name,
      uti: ids.base64url(16),
      ver: '1.0'
    }
  }
  const principal = servicePrincipal(app, tenant)
  return {
    ...common,
    aio: ids.base64url(30),
    app_displayname: app.name,
    appid: app.clientId,
    appidacr: appidacr[proof ?? 'secret'],
    idp: identityProvider,
    oid: principal,
    ...rest,
    sub: principal,
    tenant_region_scope: regionOf(grant.cloud),
    tid: tenant.id,
    uti: ids.base64url(16),
    ver: '1.0'
  }
}

/** What the user is called beside the user principal name. */
export function displayName({ name }: User): string {
  return name.split('@')[0]!
}

/** What an app knows a user by: another text for every app (documented), and the same every time. */
export function pairwise(tenant: Tenant, app: Pick<App, 'clientId'>, user: Pick<User, 'objectId'>): string {
  return derivedText('subject', tenant.id, app.clientId, user.objectId)
}

/** Issuer of version 1.0 tokens. */
export function issuerOf({ id }: Pick<Tenant, 'id'>): string {
  return `https://sts.windows.net/${id}/`
}

/** The published token's `rh` holds the resource's application id in its bytes (observed); the layout is assumed. */
export function rh(tenant: Tenant): string {
  const bytes = Buffer.concat([
    Buffer.from([1, 0, 0]),
    guidBytes(tenant.id),
    guidBytes(defenderAppId),
    Buffer.from([0])
  ])
  return `0.${bytes.toString('base64url')}.`
}

/** A GUID as Windows stores it: the first three fields little-endian. */
function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  return Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8)
  ])
}
