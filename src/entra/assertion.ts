import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import type { Clock, Now } from '../clock.js'
import { issuerHosts } from '../clouds.js'
import type { ClientKey } from './client-keys.js'
import type { App, Directory, Tenant } from './directory.js'
import { SignInError, shown } from './errors.js'

/** Clocks may differ by this much (assumed; documented for tokens). */
const skew = 300

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Who an assertion says it is of, unverified. */
export function assertedClient(assertion: string): string {
  return String(decoded(assertion).payload.sub ?? '')
}

/**
 * A client assertion (page certificate-credentials): signed by a key of the app, for the token endpoint, within its time.
 * That it is used for the first time is not checked, as in production.
 */
export async function checkAssertion(
  assertion: string,
  app: App,
  where: { address: string; tenant: Tenant | undefined },
  { clock: clocks, directory }: { clock: Clock; directory: Directory }
): Promise<void> {
  const clock = clocks.of(where.tenant?.id)
  const { header, payload } = decoded(assertion)
  const { iss, sub, aud } = payload
  for (const [claim, value] of Object.entries({ iss, sub })) {
    if (String(value).toLowerCase() !== app.clientId) {
      throw new SignInError(
        700021,
        [],
        `${claim} of the assertion is ${shown(String(value))}; it must be the client id ${app.clientId}`
      )
    }
  }
  if (header.alg !== 'RS256' && header.alg !== 'PS256') {
    throw new SignInError(
      50027,
      [],
      `the assertion is signed by ${shown(String(header.alg))}; RS256 and PS256 are taken`
    )
  }
  const named = [header['x5t#S256'], header.x5t, header.kid].filter(name => typeof name === 'string' && name !== '')
  if (named.length === 0) {
    throw new SignInError(50027, [], 'the header of the assertion names no key: x5t, x5t#S256 or kid is wanted')
  }
  const key = app.keys.find(({ names }) => named.some(name => names.has(name as string)))
  const refuse = (reason: string, ours: string) =>
    new SignInError(700027, [reason, thumbprint(String(named[0])), app.clientId], ours)
  if (key === undefined) throw refuse('The key was not found.', missing(app))
  if (key.notAfter !== undefined && clock.now() >= key.notAfter) {
    const ended = new Date(key.notAfter).toISOString()
    throw refuse('The key used is expired.', `the certificate ended at ${ended}, now is ${clock.date().toISOString()}`)
  }
  if (!(await signedBy(assertion, key))) {
    throw refuse(
      'The provided signature value did not match the expected signature value.',
      'the signature is not of the key that the header names'
    )
  }
  if (![aud].flat().some(audience => isTokenEndpoint(String(audience), where, directory))) {
    throw new SignInError(
      700023,
      [],
      `aud of the assertion is ${shown([aud].flat().join(', '))}; the address of the token endpoint is wanted, such as ${where.address}/${where.tenant?.id ?? 'common'}/oauth2/v2.0/token`
    )
  }
  checkTime(payload, clock)
}

function decoded(assertion: string) {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) }
  } catch {
    throw new SignInError(50027, [], 'client_assertion is not a JWT: three parts of base64url between dots are wanted')
  }
}

async function signedBy(assertion: string, { publicKey }: ClientKey): Promise<boolean> {
  try {
    await compactVerify(assertion, publicKey, { algorithms: ['RS256', 'PS256'] })
    return true
  } catch {
    return false
  }
}

/** The token endpoints of both versions, the issuer of v2, and what stands before them, on every sign-in host. */
function isTokenEndpoint(
  audience: string,
  { address, tenant }: { address: string; tenant: Tenant | undefined },
  directory: Directory
): boolean {
  if (!URL.canParse(audience)) return false
  const { host, pathname } = new URL(audience)
  if (host !== new URL(address).host && !issuerHosts.includes(host)) return false
  const [, first = ''] =
    /^\/+([^/]+)(?:\/+oauth2(?:\/+v2\.0)?\/+token|\/+v2\.0)?\/*$/i.exec(prefixless(pathname, address)) ?? []
  if (/^(common|organizations)$/i.test(first)) return true
  const named = directory.tenant(first)
  return named !== undefined && (tenant === undefined || named.id === tenant.id)
}

function prefixless(path: string, address: string): string {
  const prefix = new URL(address).pathname.replace(/\/$/, '')
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
}

function checkTime({ exp, nbf }: JWTPayload, clock: Now): void {
  if (typeof exp !== 'number') throw new SignInError(50027, [], 'the assertion has no exp claim')
  const now = clock.seconds()
  const from = typeof nbf === 'number' ? nbf : now
  if (from - skew <= now && now < exp + skew) return
  const why = now < from ? `begins in ${from - now} s` : `ended ${now - exp} s ago`
  throw new SignInError(
    700024,
    [clock.date().toISOString(), instant(from), instant(exp)],
    `the assertion ${why} by the emulator's clock (--time sets it)`
  )
}

function instant(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString()
}

/** As the portal shows it: hexadecimal. */
function thumbprint(name: string): string {
  const bytes = Buffer.from(name, 'base64url')
  return bytes.length === 20 || bytes.length === 32 ? bytes.toString('hex').toUpperCase() : name
}

function missing({ clientId, keys }: App): string {
  return keys.length === 0
    ? `app ${clientId} has no certificate: put one in "certificates" of the app in a fixture file`
    : `app ${clientId} has other certificates (${keys.map(({ names }) => [...names][0]).join(', ')})`
}
