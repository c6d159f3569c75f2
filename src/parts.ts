import type { FastifyBaseLogger } from 'fastify'
import type { ControlPluginParts } from './control/plugin.js'
import type { Credentials } from './credentials.js'
import type { DefenderParts } from './defender/plugin.js'
import type { EntraParts } from './entra/plugin.js'
import type { HealthParts } from './health.js'
import type { Options } from './options.js'
import type { Tally } from './tally.js'
import type { JournalParts } from './traffic/journal-plugin.js'
import type { TrafficParts } from './traffic/plugin.js'

/** Everything that has state, made once in `emulator.ts`; the faces get it by argument. */
export interface Parts extends EntraParts, DefenderParts, ControlPluginParts, HealthParts, TrafficParts, JournalParts {
  options: Options
  logger: FastifyBaseLogger | false
  credentials: Credentials
  tally: Tally
  /** Whether calls are counted, not only tunnels. */
  tallied: boolean
}
