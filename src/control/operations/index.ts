import type { Operation } from '../operation.js'
import { clock } from './clock.js'
import { faults } from './faults.js'
import { machines } from './machines.js'
import { quirks } from './quirks.js'
import { requests } from './requests.js'
import { scenarios } from './scenarios.js'
import { signIn } from './sign-in.js'
import { snapshots } from './snapshots.js'
import { tenants } from './tenants.js'
import { world } from './world.js'

/** The control plane's table of contents. */
export const operations: readonly Operation[] = [
  ...world,
  ...machines,
  ...clock,
  ...faults,
  ...quirks,
  ...requests,
  ...snapshots,
  ...tenants,
  ...scenarios,
  ...signIn
]
