import { authorizationCode } from './authorization-code.js'
import { clientCredentials } from './client-credentials.js'
import { deviceCode } from './device-code.js'
import type { GrantType } from './grant.js'
import { password } from './password.js'
import { refreshToken } from './refresh-token.js'

/** The grant types that are served. */
export const grants: readonly GrantType[] = [clientCredentials, password, authorizationCode, refreshToken, deviceCode]
