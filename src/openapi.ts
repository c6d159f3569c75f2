import Fastify, { type FastifyInstance } from 'fastify'
import { noCompilers } from './compilers.js'
import { control } from './control/plugin.js'
import { schemasOf } from './defender/describe.js'
import { pathOf } from './defender/endpoint.js'
import { endpoints } from './defender/endpoints/index.js'
import { defender } from './defender/plugin.js'
import { entra } from './entra/plugin.js'
import { decisions } from './evidence.js'
import { health } from './health.js'
import type { Parts } from './parts.js'
import { version } from './version.js'

const disclaimer = 'Not affiliated with Microsoft. All data is synthetic.'

const logo = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40"><text x="0" y="27" font-family="system-ui, sans-serif" font-size="22" font-weight="600" fill="#fff">mde-emulator</text></svg>'
)

/** The default address, for documents that nobody served. */
const local = 'http://127.0.0.1:6330'

/** The OpenAPI 3.1 document of the API and of the sign-in service, made from the routes themselves. */
export async function describeApi(parts: Parts, server = local): Promise<object> {
  const app = await documented({
    info: {
      title: 'mde-emulator: Microsoft Defender for Endpoint API, missing KBs and what leads to them',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        `What this emulator of the Microsoft Defender for Endpoint API serves. ${disclaimer}\n\n` +
        'Every operation says in `x-fidelity` how sure we are that the real service behaves so: `documented` by ' +
        'Microsoft, `observed` in public, or `assumed`.'
    },
    servers: [{ url: server }],
    components: {
      securitySchemes: {
        entra: oauth(parts),
        user: { type: 'http', scheme: 'bearer', description: 'An access token of a user, whichever grant gave it.' }
      }
    },
    tags: [
      { name: 'Missing KBs', description: 'Security updates that devices lack.' },
      { name: 'Software', description: "The fleet's products." },
      { name: 'Machine', description: 'Devices.' },
      { name: 'Export', description: 'Everything at once, device by device.' },
      { name: 'Vulnerability', description: 'CVEs, and where they are open.' },
      { name: 'Recommendation', description: 'What to update, and what that would mend.' },
      { name: 'Score', description: 'The tenant in a number.' },
      { name: 'Model', description: 'What the service says of its own types.' },
      { name: 'Sign-in', description: 'Tokens, and what is known about them.' },
      { name: 'Health', description: "The emulator's own." }
    ],
    'x-fidelity': decisions
  })
  for (const schema of schemasOf(endpoints)) app.addSchema(schema)
  app.register(entra, parts)
  app.register(defender, { ...parts, prefix: '/api' })
  app.register(health, parts)
  return calledAsWritten(await produce(app))
}

/** The OpenAPI 3.1 document of the control plane. */
export async function describeControl(parts: Parts, server = local): Promise<object> {
  const app = await documented({
    info: {
      title: 'mde-emulator: control plane',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: `What pulls the strings of a running emulator. Ours alone: production has nothing of the kind. ${disclaimer}`
    },
    servers: [{ url: server }],
    components: {
      securitySchemes: {
        adminToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'Wanted beyond loopback, and where --admin-token is given.'
        }
      }
    },
    tags: [{ name: 'Control', description: 'The world, tokens and sign-ins, as a test wants them.' }]
  })
  app.register(control, { ...parts, prefix: '/_emulator' })
  return bodiesAsRead(await produce(app))
}

/** `/openapi.json`, `/_emulator/openapi.json` and Swagger UI at `/docs`; made when first asked for. */
export async function documents(app: FastifyInstance, parts: Parts): Promise<void> {
  const hidden = { schema: { hide: true } as object }
  const json = 'application/json; charset=utf-8'
  app.get('/openapi.json', hidden, async (request, reply) =>
    reply.type(json).send(JSON.stringify(await describeApi(parts, parts.addressOf(request))))
  )
  if (!parts.options.noAdmin) {
    app.get('/_emulator/openapi.json', hidden, async (request, reply) =>
      reply.type(json).send(JSON.stringify(await describeControl(parts, parts.addressOf(request))))
    )
  }

  let ui: Promise<FastifyInstance> | undefined
  const show = async (request: import('fastify').FastifyRequest, reply: import('fastify').FastifyReply) => {
    ui ??= swaggerUi(parts)
    const { routing } = await ui
    reply.hijack()
    request.raw.url = request.url
    routing(request.raw, reply.raw)
    return reply
  }
  app.get('/docs', hidden, show)
  app.get('/docs/*', hidden, show)
  app.addHook('onClose', async () => {
    await ui?.then(shown => shown.close()).catch(() => undefined)
  })
}

function oauth({ credentials }: Parts) {
  return {
    type: 'oauth2',
    description:
      'Client credentials, as the sign-in service gives them. The scope is `<resource>/.default`; what the app may do stands in the `roles` of its token.',
    flows: {
      clientCredentials: {
        tokenUrl: `/${credentials.tenant}/oauth2/v2.0/token`,
        scopes: { 'https://api.securitycenter.microsoft.com/.default': 'Every permission that was granted to the app' }
      }
    }
  }
}

interface RequestBody {
  required?: boolean
  content: Record<string, { schema: { type?: string; required?: string[] } }>
}

async function documented(openapi: object): Promise<FastifyInstance> {
  const { default: swagger } = await import('@fastify/swagger')
  const app = Fastify({ ...noCompilers, logger: false, exposeHeadRoutes: false })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', ...openapi } as never,
    hideUntagged: true,
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) }
  })
  return app
}

/** Functions with arguments stand under the path that calls them, not under the router's. */
function calledAsWritten(document: { paths?: object }): object {
  const written = new Map(endpoints.map(endpoint => [pathOf({ path: endpoint.path }), pathOf(endpoint)]))
  const paths = Object.entries(document.paths ?? {}).map(([path, of]) => {
    const call = written.get(path.slice('/api'.length))
    return [call === undefined ? path : `/api${call}`, of]
  })
  return { ...document, paths: Object.fromEntries(paths) }
}

/** A body that need not hold anything need not be sent; @fastify/swagger says of each that it must. */
function bodiesAsRead(document: { paths?: object }): object {
  const paths: Record<string, Record<string, { requestBody?: RequestBody }>> = structuredClone({ ...document.paths })
  for (const operation of Object.values(paths).flatMap(methods => Object.values(methods))) {
    const { requestBody } = operation
    const contents = Object.values(requestBody?.content ?? {})
    if (requestBody && contents.every(({ schema }) => schema.type === 'object' && schema.required === undefined))
      delete requestBody.required
  }
  return { ...document, paths }
}

async function produce(app: FastifyInstance): Promise<object> {
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

async function swaggerUi(parts: Parts): Promise<FastifyInstance> {
  const { default: ui } = await import('@fastify/swagger-ui')
  const { default: swagger } = await import('@fastify/swagger')
  const app = Fastify({ ...noCompilers, logger: false, exposeHeadRoutes: false })
  await app.register(swagger, { mode: 'static', specification: { document: (await describeApi(parts, '/')) as never } })
  await app.register(ui, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true, persistAuthorization: false, tryItOutEnabled: true },
    initOAuth: {
      clientId: parts.credentials.clientId,
      clientSecret: parts.credentials.clientSecret,
      scopes: ['https://api.securitycenter.microsoft.com/.default']
    } as object,
    theme: { title: 'mde-emulator' },
    logo: { type: 'image/svg+xml', content: logo, href: '/' }
  })
  await app.ready()
  return app
}
