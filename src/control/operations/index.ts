import type { Operation } from '../operation.js'
import { signIn } from './sign-in.js'
import { tenants } from './tenants.js'
import { world } from './world.js'

/** The control plane's table of contents. */
export const operations: readonly Operation[] = [...world, ...tenants, ...signIn]
