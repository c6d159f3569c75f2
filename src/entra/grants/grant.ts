import type { Clock } from '../../clock.js'
import type { CloudName } from '../../clouds.js'
import type { Directory, Tenant } from '../directory.js'
import type { Ids } from '../ids.js'
import type { SignIns } from '../sign-ins.js'
import type { Tokens } from '../tokens.js'

/** What a token request says, wherever it says it. */
export interface TokenRequest {
  /** Undefined at /common and /organizations. */
  tenant: Tenant | undefined
  /** What stands in the place of the tenant. */
  authority: string
  /** `/oauth2/token` is v1, `/oauth2/v2.0/token` is v2. */
  endpoint: 'v1' | 'v2'
  /** The address that the client used. */
  address: string
  /** Form parameters. */
  form: ReadonlyMap<string, string>
  /** Of the Authorization header: as sent and, where that differs, form-decoded (RFC 6749, section 2.3.1). */
  basic: readonly { id: string; secret: string }[]
}

export interface GrantParts {
  directory: Directory
  tokens: Tokens
  clock: Clock
  ids: Ids
  signIns: SignIns
  /** The cloud whose sign-in host was asked; undefined on the emulator's own addresses. */
  cloud?: CloudName | undefined
}

/** A way to get a token: one module each, and the barrel is the registry. */
export interface GrantType {
  grantType: string
  /** Another name of it. */
  alias?: string
  handle(request: TokenRequest, parts: GrantParts): Promise<object>
}
