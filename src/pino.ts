// A module of its own, loaded late: see logger.ts.
export { destination, pino } from 'pino'
