/** Who calls, as a verified token says. */
export interface Caller {
  tenant: string
  appId: string
  /** Object id of the service principal or of the user. */
  objectId: string
  kind: 'application' | 'delegated'
  /** Application permissions (claim `roles`). */
  roles: readonly string[]
  /** Delegated permissions (claim `scp`). */
  scopes: readonly string[]
  /** The claims of the token; absent when authorization is off. */
  payload?: Readonly<Record<string, unknown>>
}

/** A good token without the permission. The message is the service's, the reason ours. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden'
  readonly reason: string
  /** How the service said it in 2021; undefined where nobody knows. */
  readonly legacy: string | undefined

  constructor(message: string, reason: string, legacy?: string) {
    super(message)
    this.reason = reason
    this.legacy = legacy
  }
}

/**
 * Any of the application permissions in `roles`, or any of the delegated ones in `scp`. The wording for applications is
 * observed (Azure/Azure-Sentinel#7924), that for users assumed.
 */
export function permit(
  { kind, roles, scopes }: Caller,
  { application, delegated }: { application: readonly string[]; delegated: readonly string[] }
): void {
  if (application.some(role => roles.includes(role)) || delegated.some(scope => scopes.includes(scope))) return
  const needs = [
    ...(application.length > 0 ? [`${application.join(' or ')} (application)`] : []),
    ...(delegated.length > 0 ? [`${delegated.join(' or ')} (delegated)`] : [])
  ].join(', or ')
  const has = [...roles, ...scopes].join(', ') || 'no permission at all'
  const reason = `needs ${needs}; the token has ${has}`
  throw new Forbidden(
    kind === 'application'
      ? `Missing application roles. API required roles: ${application.join(',')}, application roles: ${roles.join(',')}.`
      : `Missing scope permissions. API required scopes: ${delegated.join(',')}, scopes: ${scopes.join(',')}.`,
    reason,
    kind === 'application'
      ? `The application does not have any of the required application permissions (${application.join(', ')}) to access the resource.`
      : undefined
  )
}
