import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf } from '../address.js'
import type { Clock } from '../clock.js'
import type { Evidence } from '../evidence.js'
import { headerText, reasonHeader } from '../reason.js'
import type { Directory, Tenant } from './directory.js'
import { type Authority, instanceDiscovery, openidConfiguration } from './discovery.js'
import { aadsts, defectBody, type ErrorIds, errorBody, SignInError, shown } from './errors.js'
import type { TokenRequest } from './grants/grant.js'
import { grants } from './grants/index.js'
import type { Ids } from './ids.js'
import type { SigningKeys } from './keys.js'
import { AadstsBody, ConfigurationBody, JwksBody, TokenAnswerV1, TokenAnswerV2, TokenForm } from './schemas.js'
import type { Tokens } from './tokens.js'

export interface EntraParts {
  directory: Directory
  tokens: Tokens
  keys: Promise<SigningKeys>
  clock: Clock
  ids: Ids
  addressOf: AddressOf
}

const tokenEvidence: Evidence[] = [
  {
    what: 'parameters, grant type, answer of the v2 endpoint',
    level: 'documented',
    source: 'v2-oauth2-client-creds-grant-flow'
  },
  {
    what: 'answer of the v1 endpoint: numbers as strings',
    level: 'observed',
    source: 'published logs of several clients'
  },
  {
    what: 'a version 1.0 token from both endpoints; its claims; iat five minutes in the past',
    level: 'observed',
    source: 'jcoliz/defender-endpoint-samples'
  },
  { what: 'error codes', level: 'documented', source: 'reference-error-codes' },
  { what: 'statuses other than 401 for invalid_client', level: 'assumed', source: 'no capture exists' },
  { what: 'contents of rh, aio and uti', level: 'assumed', source: 'opaque' }
]
const discoveryEvidence: Evidence[] = [
  { what: 'address and documented members', level: 'documented', source: 'v2-protocols-oidc' },
  { what: 'the remaining members', level: 'assumed', source: 'general knowledge' }
]

/** `/{tenant}/...`: the sign-in service. */
export async function entra(app: FastifyInstance, parts: EntraParts): Promise<void> {
  const { directory, addressOf } = parts

  // Real clients post the form with a charset, with another type or with none at all (Splunk SOAR, msticpy).
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a type that is none, such as an empty header, before any parser sees the body.
    if (!/^[^\s/]+\/[^\s/]/.test(request.headers['content-type'] ?? '')) delete request.headers['content-type']
    done()
  })

  app.setErrorHandler((error, request, reply) => {
    if (error instanceof SignInError) return refuse(request, reply, error)
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    if (statusCode < 500) {
      return refuse(request, reply, new SignInError(90100, ['request body'], message), statusCode)
    }
    request.log.error({ err: error }, 'unexpected error')
    const defect = 'A defect of the emulator; its log says more.'
    return say(reply, 500, defectBody(defect, idsOf(request)), defect)
  })

  const params = {
    type: 'object',
    properties: { tenant: { type: 'string', description: 'Tenant id or domain.' } }
  }
  const tags = ['Sign-in']
  const security: never[] = []
  const refusals = {
    400: { description: 'The request is refused; error_codes says why.', ...AadstsBody },
    401: { description: 'The client cannot be authenticated.', ...AadstsBody },
    405: { description: 'Only POST is served.', ...AadstsBody }
  }

  for (const [endpoint, path, answer] of [
    ['v1', '/:tenant/oauth2/token', TokenAnswerV1],
    ['v2', '/:tenant/oauth2/v2.0/token', TokenAnswerV2]
  ] as const) {
    app.post(
      path,
      {
        bodyLimit: 64 * 1024,
        schema: {
          operationId: endpoint === 'v1' ? 'getTokenV1' : 'getToken',
          summary: `Get an access token (${endpoint} endpoint)`,
          description:
            'Client credentials; the secret in the form or as HTTP Basic. ' +
            (endpoint === 'v1' ? 'Names the API by `resource`.' : 'Names the API by `scope=<resource>/.default`.'),
          tags,
          security,
          consumes: ['application/x-www-form-urlencoded'],
          'x-fidelity': tokenEvidence,
          params,
          body: TokenForm(endpoint),
          response: { 200: { description: 'OK', ...answer }, ...refusals }
        } as object
      },
      async (request, reply) => {
        const tenant = tenantOf(request)
        const form = formOf(request.body)
        const grantType = form.get('grant_type') ?? ''
        if (grantType === '') throw new SignInError(900144, ['grant_type'], missingGrant(request))
        const grant = grants.find(known => known.grantType === grantType)
        if (grant === undefined) {
          const served = grants.map(known => known.grantType).join(', ')
          throw new SignInError(70003, [grantType], `grant type ${shown(grantType)} is not served, only ${served}`)
        }
        const tokenRequest: TokenRequest = { tenant, endpoint, form, basic: basicOf(request) }
        reply.headers(neverStored)
        return json(reply, await grant.handle(tokenRequest, parts))
      }
    )
    app.route({
      method: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'],
      url: path,
      schema: { hide: true } as object,
      onRequest: (request, reply, done) => {
        reply.header('allow', 'POST')
        done(new SignInError(900561, [request.method], `${request.method} is not served here, only POST with a form`))
      },
      handler: () => undefined
    })
  }

  for (const [version, path] of [
    ['v1', '/:tenant/.well-known/openid-configuration'],
    ['v2', '/:tenant/v2.0/.well-known/openid-configuration']
  ] as const) {
    app.get(
      path,
      {
        schema: {
          operationId: version === 'v1' ? 'getOpenidConfigurationV1' : 'getOpenidConfiguration',
          summary: `OpenID Connect discovery (${version})`,
          tags,
          security,
          'x-fidelity': discoveryEvidence,
          params,
          response: { 200: { description: 'OK', ...ConfigurationBody }, 400: refusals[400] }
        } as object
      },
      async (request, reply) => json(reply, openidConfiguration(addressOf(request), authorityOf(request), version))
    )
  }

  for (const [version, path] of [
    ['v1', '/:tenant/discovery/keys'],
    ['v2', '/:tenant/discovery/v2.0/keys']
  ] as const) {
    app.get(
      path,
      {
        schema: {
          operationId: version === 'v1' ? 'getKeysV1' : 'getKeys',
          summary: `Keys that sign tokens (${version})`,
          tags,
          security,
          'x-fidelity': discoveryEvidence,
          params,
          response: { 200: { description: 'OK', ...JwksBody }, 400: refusals[400] }
        } as object
      },
      async (request, reply) => {
        authorityOf(request)
        return json(reply, (await parts.keys).jwks())
      }
    )
  }

  app.get(
    '/common/discovery/instance',
    {
      schema: {
        operationId: 'discoverInstance',
        summary: 'Instance discovery',
        tags,
        security,
        'x-fidelity': [
          { what: 'azure-identity for Python fails without it', level: 'observed', source: 'its own requests' }
        ],
        response: { 200: { description: 'OK', type: 'object', additionalProperties: true } }
      } as object
    },
    async (request, reply) => {
      const { authorization_endpoint: asked } = request.query as { authorization_endpoint?: string }
      const tenant = /^https?:\/\/[^/]+\/([^/]+)\//i.exec(String(asked))?.[1] ?? 'common'
      return json(reply, instanceDiscovery(addressOf(request), tenant))
    }
  )

  function tenantOf(request: FastifyRequest): Tenant {
    const authority = authorityOf(request)
    if (typeof authority !== 'string') return authority
    throw new SignInError(50059, [], `an app signs in to one tenant: put its id in the place of "${authority}"`)
  }

  function authorityOf(request: FastifyRequest): Tenant | Extract<Authority, string> {
    const { tenant: asked } = request.params as { tenant: string }
    if (/^(common|organizations)$/i.test(asked)) return asked.toLowerCase() as 'common' | 'organizations'
    const tenant = directory.tenant(asked)
    if (tenant !== undefined) return tenant
    const known = directory.tenants.map(({ id }) => id).join(', ')
    throw new SignInError(90002, [asked], `tenant ${shown(asked)} is not in the directory, only ${known}`)
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, error: SignInError, status?: number): FastifyReply {
    return say(reply, status ?? aadsts[error.code].status, errorBody(error, idsOf(request)), error.reason)
  }

  function idsOf(request: FastifyRequest): ErrorIds {
    const correlationId = correlationOf(request) ?? parts.ids.guid()
    return { traceId: parts.ids.guid(), correlationId, now: parts.clock.date() }
  }
}

function say(reply: FastifyReply, status: number, body: { trace_id: string }, reason: string): FastifyReply {
  reply
    .code(status)
    .headers({ ...neverStored, 'x-ms-request-id': body.trace_id })
    .header(reasonHeader, headerText(reason))
  return json(reply, body)
}

function json(reply: FastifyReply, body: object): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** The form; of the parameters that decide, each may stand there once. */
function formOf(body: unknown): Map<string, string> {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(typeof body === 'string' ? body : '')) {
    const known = form.get(name)
    if (known !== undefined && known !== value && decisive.has(name)) {
      throw new SignInError(90100, [name], `${name} stands in the form twice, with different values`)
    }
    form.set(name, value)
  }
  return form
}

/** As the real token endpoint answers; RFC 6749, section 5.1, asks for the first two. */
const neverStored = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }

const decisive = new Set(['grant_type', 'client_id', 'client_secret', 'scope', 'resource'])

function missingGrant(request: FastifyRequest): string {
  const type = request.headers['content-type'] ?? ''
  return /json/i.test(type)
    ? 'the body is JSON; the token endpoint wants a form (application/x-www-form-urlencoded)'
    : 'grant_type is missing from the form'
}

/** HTTP Basic, whose parts some clients form-encode (openid-client, Postman) and others do not (requests-oauthlib). */
function basicOf(request: FastifyRequest): { id: string; secret: string }[] {
  const encoded = /^basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (encoded === undefined) return []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return []
  const raw = { id: text.slice(0, colon), secret: text.slice(colon + 1) }
  const decoded = { id: formDecoded(raw.id), secret: formDecoded(raw.secret) }
  return decoded.id === raw.id && decoded.secret === raw.secret ? [raw] : [raw, decoded]
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Clients may name the correlation id themselves (MSAL, azure-identity). */
function correlationOf(request: FastifyRequest): string | undefined {
  const header = request.headers['client-request-id']
  const form = typeof request.body === 'string' ? new URLSearchParams(request.body) : undefined
  const asked = typeof header === 'string' ? header : (form?.get('client-request-id') ?? '')
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(asked) ? asked : undefined
}
