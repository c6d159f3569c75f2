import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { placeOf } from './clouds.js'
import { noCompilers } from './compilers.js'
import { console as page } from './console/plugin.js'
import { control } from './control/plugin.js'
import { exportFiles } from './defender/export-files.js'
import { defender } from './defender/plugin.js'
import { entra } from './entra/plugin.js'
import { health } from './health.js'
import { canonicalPath } from './odata/path.js'
import { documents } from './openapi.js'
import type { Parts } from './parts.js'
import { foreignTarget } from './proxy/door.js'
import { headerText, reasonHeader } from './reason.js'
import { record, recording } from './traffic/journal-plugin.js'
import { traffic } from './traffic/plugin.js'
import { isVendorPath } from './vendor-paths.js'

/** 64 KiB: room for 10,000 nested parentheses in a `$filter`, so that OData refuses them and not the HTTP parser. */
export const maxHeaderSize = 64 * 1024

/** Three doors (who is calling, what they may ask, who pulls the strings) and the documents beside them. */
export function buildApp(parts: Parts): FastifyInstance {
  const { options } = parts
  const noted = recording(parts)
  const app = Fastify({
    ...(parts.logger !== false && { loggerInstance: parts.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    http: { maxHeaderSize },
    exposeHeadRoutes: false,
    ...noCompilers,
    return503OnClosing: false,
    routerOptions: {
      caseSensitive: false,
      ignoreDuplicateSlashes: true,
      ignoreTrailingSlash: true,
      // An id may be as long as a request line: whoever owns it says that it is unknown.
      maxParamLength: maxHeaderSize
    },
    rewriteUrl: request => routed(request.url!),
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, request, reply) => {
      // No hook hears of it.
      const exchange = noted?.(request as FastifyRequest, reply as FastifyReply)
      reply.raw.once('close', () => exchange?.over())
      // No route was found, so no face owns it.
      const message = 'the path is not percent-encoded as it should be: two hexadecimal digits must follow every %'
      const body = { error: { code: 'BadRequest', message, target: parts.correlationId() } }
      return (reply as FastifyReply).code(400).header(reasonHeader, message).send(body)
    }
  })

  if (noted !== undefined) record(app, noted, parts.journal)
  if (options.logLevel === 'info' || options.logLevel === 'debug') {
    app.addHook('onResponse', (request, reply, done) => {
      // Never the query: clients put their credentials there.
      // Nor what a user would type to let a device in.
      const path = request.originalUrl.split('?', 1)[0]!.replace(/(\/device-codes\/)[^/]+/i, '$1...')
      request.log.info({ method: request.method, path, status: reply.statusCode }, 'answered')
      done()
    })
  }
  if (parts.tallied) {
    app.addHook('onResponse', (request, reply, done) => {
      const reason = reply.getHeader(reasonHeader)
      parts.tally.answered(request.originalUrl.split('?', 1)[0]!, reply.statusCode, reason?.toString())
      done()
    })
  }
  app.addHook('onRequest', (request, reply, done) => {
    const foreign = foreignTarget(request.originalUrl)
    if (foreign !== undefined) {
      reply
        .code(403)
        .header(reasonHeader, foreign)
        .send({ error: { code: 'ProxyForbidden', message: foreign } })
      return
    }
    const place = placeOf(request.headers.host)
    if (place === undefined) return done()
    if (place.service === 'api') reply.header('strict-transport-security', 'max-age=15724800; includeSubDomains')
    const path = request.url.split('?', 1)[0]!
    if (isVendorPath(place, path)) return done()
    const message = `${place.host} has no ${request.method} ${path}`
    reply
      .code(404)
      .header(reasonHeader, headerText(message))
      .send({ error: { code: 'NotFound', message } })
  })
  traffic(app, parts)
  app.setNotFoundHandler((request, reply) => {
    const path = request.originalUrl.split('?', 1)[0]!
    const message = `nothing is served at ${request.method} ${path}; the API is below /api, tokens are at /{tenant}/oauth2/v2.0/token`
    return reply
      .code(404)
      .header(reasonHeader, headerText(message))
      .send({ error: { code: 'NotFound', message } })
  })

  app.register(health, parts)
  app.register(entra, parts)
  app.register(defender, { ...parts, prefix: '/api' })
  app.register(exportFiles, { ...parts, prefix: '/tvm-export' })
  if (!options.noAdmin) app.register(control, { ...parts, prefix: '/_emulator' })
  if (!options.noDocs) app.register(documents, parts)
  app.register(page, parts)
  return app
}

/**
 * The router knows one form of a path. OData's keys and function calls are brought into it, and so is the version:
 * `/api/v1.0` is the same as `/api` (documented, exposed-apis-list).
 */
function routed(asked: string): string {
  // RFC 9112, section 3.2.2: a server takes the absolute form, too.
  const url = asked.replace(/^https?:\/\/[^/?]*(?=[/?]|$)/i, '') || '/'
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  const plain = canonicalPath(path).replace(/^\/+api\/+v1\.0(?=\/|$)/i, '/api')
  return plain === path ? url : plain + (end === -1 ? '' : url.slice(end))
}

/** What Node's HTTP parser refuses never reaches a route: answer in the service's envelope and close. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: import('node:net').Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const [status, reason] = tooLarge
    ? ['431 Request Header Fields Too Large', `the request line and headers exceed ${maxHeaderSize} bytes`]
    : ['400 Bad Request', 'the request is not HTTP/1.1']
  const body = JSON.stringify({ error: { code: 'BadRequest', message: reason } })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `x-emulator-reason: ${reason}\r\nConnection: close\r\n\r\n${body}`
  )
}
