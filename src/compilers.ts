import type { FastifyServerOptions } from 'fastify'

/**
 * Requests are checked, and answers made, by what owns them (OData, the sign-in service, the control plane): schemas
 * only describe. Without compilers Fastify loads neither Ajv nor fast-json-stringify, which shortens the start.
 */
export const noCompilers = {
  schemaController: {
    compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify }
  }
} as unknown as Pick<FastifyServerOptions, 'schemaController'>
