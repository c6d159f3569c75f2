import type { Directory, Tenant } from './directory.js'
import { SignInError, shown } from './errors.js'

/** What stands in the place of the tenant. */
export interface Authority {
  name: string
  /** Undefined at /common and /organizations. */
  tenant: Tenant | undefined
}

/** A tenant by id or domain, or one of the names that stand for any. */
export function authorityOf(asked: string, directory: Directory): Authority {
  if (/^(common|organizations)$/i.test(asked)) return { name: asked.toLowerCase(), tenant: undefined }
  if (/^consumers$/i.test(asked)) {
    throw new SignInError(
      90130,
      ['of an organization'],
      'this API knows no personal accounts: use /organizations or a tenant in the place of /consumers'
    )
  }
  const tenant = directory.tenant(asked)
  if (tenant !== undefined) return { name: tenant.id, tenant }
  const known = directory.tenants.map(({ id }) => id).join(', ')
  throw new SignInError(90002, [asked], `tenant ${shown(asked)} is not in the directory, only ${known}`)
}

/** The form; of the parameters that decide, each may stand there once. */
export function formOf(body: unknown): Map<string, string> {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(typeof body === 'string' ? body : '')) {
    const known = form.get(name)
    if (known !== undefined && known !== value && decisive.has(name)) {
      throw new SignInError(90100, [name], `${name} stands in the form twice, with different values`)
    }
    form.set(name, value)
  }
  return form
}

const decisive = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'scope',
  'resource',
  'username',
  'password',
  'code',
  'code_verifier',
  'device_code',
  'refresh_token',
  'redirect_uri'
])

/** HTTP Basic, whose parts some clients form-encode (openid-client, Postman) and others do not (requests-oauthlib). */
export function basicOf(authorization: string | undefined): { id: string; secret: string }[] {
  const encoded = /^basic\s+(\S+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return []
  const raw = { id: text.slice(0, colon), secret: text.slice(colon + 1) }
  const decoded = { id: formDecoded(raw.id), secret: formDecoded(raw.secret) }
  return decoded.id === raw.id && decoded.secret === raw.secret ? [raw] : [raw, decoded]
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** An attempt to sign in, as the endpoints leave it on the request: who, and with what success. */
export interface SignInAttempt {
  /** Undefined at the device code endpoint, which knows none. */
  grantType: string | undefined
  clientId: string | undefined
  user: string | undefined
  /** The client's own id of the request, where it stands in the form. */
  correlationId: string | undefined
  /** What was answered, once there is something. */
  answer?: object
}

export function attemptOf(form: ReadonlyMap<string, string>, basic: readonly { id: string }[] = []): SignInAttempt {
  return {
    grantType: form.get('grant_type'),
    clientId: basic[0]?.id ?? form.get('client_id'),
    user: form.get('username'),
    correlationId: form.get('client-request-id')
  }
}

/** Clients may name the correlation id themselves (MSAL, azure-identity). */
export function correlationOf(header: string | string[] | undefined, body: unknown): string | undefined {
  const form = typeof body === 'string' ? new URLSearchParams(body) : undefined
  const asked = typeof header === 'string' ? header : (form?.get('client-request-id') ?? '')
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(asked) ? asked : undefined
}

/** Why there is no grant type. */
export function missingGrant(type = ''): string {
  return /json/i.test(type)
    ? 'the body is JSON; the token endpoint wants a form (application/x-www-form-urlencoded)'
    : 'grant_type is missing from the form'
}

/** As the real token endpoint answers; RFC 6749, section 5.1, asks for the first two. */
export const neverStored = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }
