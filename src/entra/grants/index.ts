import { clientCredentials } from './client-credentials.js'
import type { GrantType } from './grant.js'

/** The grant types that are served. */
export const grants: readonly GrantType[] = [clientCredentials]
