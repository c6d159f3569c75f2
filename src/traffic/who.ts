import type { Caller } from '../entra/permissions.js'
import type { SignInAttempt } from '../entra/requests.js'
import { kept, redacted } from './redaction.js'

/** What is remembered of a token: whose it is, what it may and how long. Never the token. */
export interface Who {
  tenant: string | undefined
  /** Client id. */
  application: string | undefined
  /** The user's name, or the object id of the application's service principal. */
  subject: string | undefined
  kind: 'application' | 'delegated' | undefined
  /** Claim `roles`. */
  roles: readonly string[]
  /** Claim `scp`. */
  scopes: readonly string[]
  /** Claim `exp`: seconds since 1970. */
  expires: number | undefined
}

/** More of any one claim is not worth keeping: nobody has checked what a refused token says. */
const mostNames = 100
const longestName = 200

/** By the caller that a verified token made: the calls with one token share what is remembered of it. */
export class Callers {
  readonly #known = new WeakMap<Caller, Who>()

  who(caller: Caller): Who {
    let who = this.#known.get(caller)
    if (who === undefined) {
      const { tenant, appId, objectId, kind, roles, scopes, payload } = caller
      who = {
        tenant,
        application: appId,
        subject: text(payload?.upn) ?? objectId,
        kind,
        roles,
        scopes,
        expires: number(payload?.exp)
      }
      this.#known.set(caller, who)
    }
    return who
  }
}

/** By the claims of a token that nobody has checked, or that was just given. */
export function whoSays(claims: Readonly<Record<string, unknown>>): Who {
  const { tid, appid, oid, upn, roles, scp, exp } = claims
  return {
    tenant: text(tid)?.toLowerCase(),
    application: text(appid),
    subject: text(upn) ?? text(oid),
    kind: scp === undefined ? 'application' : 'delegated',
    roles: Array.isArray(roles) ? names(roles) : [],
    scopes: typeof scp === 'string' ? names(scp.split(' ').filter(scope => scope !== '')) : [],
    expires: number(exp)
  }
}

/** By an attempt to sign in; what it was given, where it was given something. */
export function whoSignsIn({ answer, grantType, clientId, user }: SignInAttempt, tenant: string | undefined): Who {
  const { access_token: token } = (answer ?? {}) as { access_token?: unknown }
  if (typeof token === 'string') {
    return whoSays(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()))
  }
  return {
    tenant,
    // What is no id may be a secret in the wrong place.
    application: clientId === undefined || isGuid(clientId) ? clientId : redacted,
    subject: text(user),
    kind: grantType === 'client_credentials' ? 'application' : user === undefined ? undefined : 'delegated',
    roles: [],
    scopes: [],
    expires: undefined
  }
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

function names(values: readonly unknown[]): string[] {
  return values.slice(0, mostNames).map(value => kept(String(value), longestName))
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? kept(value, longestName) : undefined
}

function number(value: unknown): number | undefined {
  return Number.isFinite(value) ? (value as number) : undefined
}
