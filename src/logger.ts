import type { FastifyBaseLogger } from 'fastify'
import { destination, pino } from 'pino'
import type { Options } from './options.js'

/** Logs to stderr, so that stdout holds nothing but the block to copy. Requests are logged without their query. */
export function logger(level: Options['logLevel']): FastifyBaseLogger | false {
  return level === 'silent' ? false : pino({ level, base: null }, destination({ dest: 2, sync: true }))
}
