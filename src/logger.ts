import type { FastifyBaseLogger } from 'fastify'
import type { Options } from './options.js'

const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const

/**
 * pino, writing to stderr, so that stdout holds nothing but the block to copy. It is loaded when there is a first line
 * to write: most runs write none, and it would be a twentieth of the start.
 */
export function logger(level: Options['logLevel']): FastifyBaseLogger | false {
  if (level === 'silent') return false
  let loaded: Promise<FastifyBaseLogger> | undefined
  const load = async () => {
    const { destination, pino } = await import('./pino.js')
    return pino({ level, base: null }, destination({ dest: 2, sync: true }))
  }
  const ignore = () => undefined
  const late = { level, silent: ignore, trace: ignore, child: () => late } as Record<string, unknown>
  for (const [rank, name] of levels.entries()) {
    late[name] =
      rank < levels.indexOf(level)
        ? ignore
        : (...line: [object, string]) => {
            loaded ??= load()
            void loaded.then(ready => ready[name](...line))
          }
  }
  return late as unknown as FastifyBaseLogger
}
