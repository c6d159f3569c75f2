import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf } from '../address.js'
import type { Clock } from '../clock.js'
import { placeOf } from '../clouds.js'
import { headerText, reasonHeader } from '../reason.js'
import { beginDevice } from './device-authorization.js'
import type { Directory } from './directory.js'
import { instanceDiscovery, openidConfiguration } from './discovery.js'
import {
  aadsts,
  defectBody,
  type ErrorIds,
  errorBody,
  failureBody,
  ServiceFailure,
  SignInError,
  shown
} from './errors.js'
import { deviceEvidence, discoveryEvidence, tokenEvidence } from './fidelity.js'
import type { TokenRequest } from './grants/grant.js'
import { grants } from './grants/index.js'
import { userInfo } from './id-token.js'
import type { Ids } from './ids.js'
import type { SigningKeys } from './keys.js'
import type { PendingPage } from './pages/pending.js'
import { pages } from './pages/plugin.js'
import {
  type Authority,
  attemptOf,
  authorityOf,
  basicOf,
  correlationOf,
  formOf,
  missingGrant,
  neverStored,
  type SignInAttempt
} from './requests.js'
import {
  AadstsBody,
  ConfigurationBody,
  DeviceAnswerV1,
  DeviceAnswerV2,
  DeviceForm,
  JwksBody,
  TokenAnswerV1,
  TokenAnswerV2,
  TokenForm
} from './schemas.js'
import type { SignIns } from './sign-ins.js'
import { type Tokens, Unauthorized } from './tokens.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who tries to sign in. */
    signIn: SignInAttempt | null
  }
}

export interface EntraParts {
  directory: Directory
  tokens: Tokens
  keys: Promise<SigningKeys>
  clock: Clock
  ids: Ids
  signIns: SignIns<PendingPage>
  addressOf: AddressOf
}

/** `/{tenant}/...`: the sign-in service. */
export async function entra(app: FastifyInstance, parts: EntraParts): Promise<void> {
  const { directory, addressOf } = parts
  const within = (request: FastifyRequest) => ({ ...parts, cloud: placeOf(request.headers.host)?.cloud })

  app.decorateRequest('signIn', null)

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
    if (error instanceof Unauthorized) {
      // RFC 6750, section 3.1.
      reply.header('www-authenticate', 'Bearer error="invalid_token"').header(reasonHeader, headerText(error.reason))
      return json(reply.code(401), { error: 'invalid_token', error_description: error.reason })
    }
    if (error instanceof ServiceFailure) {
      reply.headers(error.headers)
      return say(reply, error.status, failureBody(error, idsOf(request)), error.reason)
    }
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
            'Client credentials (the secret in the form or as HTTP Basic, or a client assertion), password, authorization ' +
            'code, refresh token, device code. ' +
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
        const { name, tenant } = authority(request)
        const form = formOf(request.body)
        const basic = basicOf(request.headers.authorization)
        const grantType = form.get('grant_type') ?? ''
        const attempt: SignInAttempt = attemptOf(form, basic)
        request.signIn = attempt
        if (grantType === '')
          throw new SignInError(900144, ['grant_type'], missingGrant(request.headers['content-type']))
        const grant = grants.find(known => known.grantType === grantType || known.alias === grantType)
        if (grant === undefined) {
          const served = grants.map(known => known.grantType).join(', ')
          throw new SignInError(70003, [grantType], `grant type ${shown(grantType)} is not served, only ${served}`)
        }
        const tokenRequest: TokenRequest = {
          tenant,
          authority: name,
          endpoint,
          address: addressOf(request),
          form,
          basic
        }
        reply.headers(neverStored)
        attempt.answer = await grant.handle(tokenRequest, within(request))
        return json(reply, attempt.answer)
      }
    )
    onlyPost(path)
  }

  for (const [endpoint, path, answer] of [
    ['v1', '/:tenant/oauth2/devicecode', DeviceAnswerV1],
    ['v2', '/:tenant/oauth2/v2.0/devicecode', DeviceAnswerV2]
  ] as const) {
    app.post(
      path,
      {
        bodyLimit: 64 * 1024,
        schema: {
          operationId: endpoint === 'v1' ? 'beginDeviceV1' : 'beginDevice',
          summary: `Begin to sign in on a device (${endpoint} endpoint)`,
          description: 'The user approves at `/common/oauth2/deviceauth`, or the control plane does.',
          tags,
          security,
          consumes: ['application/x-www-form-urlencoded'],
          'x-fidelity': deviceEvidence,
          params,
          body: DeviceForm(endpoint),
          response: { 200: { description: 'OK', ...answer }, 400: refusals[400] }
        } as object
      },
      async (request, reply) => {
        const { name, tenant } = authority(request)
        const form = formOf(request.body)
        request.signIn = attemptOf(form)
        const address = addressOf(request)
        reply.headers(neverStored)
        return json(reply, beginDevice({ tenant, authority: name, endpoint, address, form }, within(request)))
      }
    )
    onlyPost(path)
  }

  app.get(
    '/:tenant/openid/userinfo',
    {
      schema: {
        operationId: 'getUserInfo',
        summary: 'Who signed in',
        description: 'For any token of a user that was issued here.',
        tags,
        security: [{ user: [] }],
        'x-fidelity': [{ what: 'address and members', level: 'assumed', source: 'general knowledge' }],
        params,
        response: {
          200: { description: 'OK', type: 'object', additionalProperties: true },
          400: refusals[400],
          401: { description: 'No token of a user.', type: 'object', additionalProperties: true }
        }
      } as object
    },
    userInfoOf
  )
  // OpenID Connect Core, section 5.3.1: both.
  app.post('/:tenant/openid/userinfo', { schema: { hide: true } as object }, userInfoOf)

  async function userInfoOf(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    authority(request)
    const claims = await parts.tokens.claims(request.headers.authorization)
    if (claims.scp === undefined) throw new Unauthorized('this is a token of an application, not of a user')
    return json(reply, userInfo(claims))
  }

  app.register(pages, parts)

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
      async (request, reply) => json(reply, openidConfiguration(addressOf(request), authority(request), version))
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
        authority(request)
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
        querystring: {
          type: 'object',
          properties: {
            authorization_endpoint: {
              type: 'string',
              description: 'Of the tenant that is asked about; that of `common` when absent.',
              examples: ['https://login.microsoftonline.com/common/oauth2/v2.0/authorize']
            }
          }
        },
        response: { 200: { description: 'OK', type: 'object', additionalProperties: true } }
      } as object
    },
    async (request, reply) => {
      const { authorization_endpoint: asked } = request.query as { authorization_endpoint?: string }
      const tenant = /^https?:\/\/[^/]+\/([^/]+)\//i.exec(String(asked))?.[1] ?? 'common'
      return json(reply, instanceDiscovery(addressOf(request), tenant))
    }
  )

  function onlyPost(url: string): void {
    app.route({
      method: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'],
      url,
      schema: { hide: true } as object,
      onRequest: (request, reply, done) => {
        reply.header('allow', 'POST')
        done(new SignInError(900561, [request.method], `${request.method} is not served here, only POST with a form`))
      },
      handler: () => undefined
    })
  }

  function authority(request: FastifyRequest): Authority {
    return authorityOf((request.params as { tenant: string }).tenant, directory)
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, error: SignInError, status?: number): FastifyReply {
    return say(reply, status ?? aadsts[error.code].status, errorBody(error, idsOf(request)), error.reason)
  }

  function idsOf(request: FastifyRequest): ErrorIds {
    const correlationId = correlationOf(request.headers['client-request-id'], request.body) ?? parts.ids.guid()
    const { tenant = '' } = (request.params ?? {}) as { tenant?: string }
    const clock = parts.clock.of(directory.tenant(tenant)?.id)
    return { traceId: parts.ids.guid(), correlationId, now: clock.date() }
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
