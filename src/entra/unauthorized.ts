import type { JWTPayload } from 'jose'
import { shown } from './errors.js'

/** A call without a token that holds. The message is the service's, the reason says what to mend. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized'
  readonly reason: string
  /** What the token says of itself, if it could be read: nothing to rely on. */
  readonly claims: Readonly<Record<string, unknown>> | undefined

  constructor(reason: string, claims?: Readonly<Record<string, unknown>>) {
    super(claims === undefined ? 'Missing or invalid Authorization header.' : describe(claims))
    this.reason = reason
    this.claims = claims
  }
}

/** As the service describes a payload it refuses (elastic/beats#41926; the end of the quotation is assumed). */
function describe({ appid, aud, iss, nbf, exp }: JWTPayload): string {
  return (
    `Invalid Authorization payload. AppId: ${shown(String(appid ?? ''))}, ` +
    `Audience: ${shown([aud].flat().join(', '))}, Issuer: ${shown(iss ?? '')}, ` +
    `Validity: valid from ${instant(nbf)} to ${instant(exp)}`
  )
}

/** A NumericDate as people read it. */
export function instant(numericDate: unknown): string {
  const date = new Date(Number(numericDate) * 1000)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().replace('.000Z', 'Z')
}

/** Whose it should be. */
export function wrongIssuer({ iss }: JWTPayload, issuer: string): string {
  return `issuer ${shown(String(iss))} instead of ${issuer}`
}
