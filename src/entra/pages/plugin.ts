import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf } from '../../address.js'
import type { Clock } from '../../clock.js'
import { placeOf } from '../../clouds.js'
import { headerText, reasonHeader } from '../../reason.js'
import type { DeviceCode } from '../device-codes.js'
import type { Directory, Tenant, User } from '../directory.js'
import { aadsts, type ErrorIds, errorBody, ServiceFailure, SignInError, shown } from '../errors.js'
import { clientInfo } from '../id-token.js'
import type { Ids } from '../ids.js'
import { isRedirectUri } from '../redirect-uris.js'
import { type Authority, authorityOf, formOf } from '../requests.js'
import type { SignIns } from '../sign-ins.js'
import type { Tokens } from '../tokens.js'
import { type AuthorizeRequest, answerTo, authorizeRequest, type Reply, replyOf } from './authorize.js'
import { type PageSettings, page } from './page.js'
import type { PendingPage } from './pending.js'
import { deviceView, formPostView, messageView, signInView, userCodeView } from './views.js'

export interface PagesParts {
  directory: Directory
  tokens: Tokens
  clock: Clock
  ids: Ids
  signIns: SignIns<PendingPage>
  addressOf: AddressOf
}

/** Keeps a user signed in, for `prompt=none`; the name is the service's (observed). */
const cookieName = 'ESTSAUTH'

/** The pages of the sign-in service: who signs in, which device, and the way back to the app. */
export async function pages(app: FastifyInstance, parts: PagesParts): Promise<void> {
  const { directory, signIns, addressOf } = parts

  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    if (error instanceof SignInError) return refuse(request, reply, error)
    if (error instanceof ServiceFailure) {
      reply.code(error.status).headers(error.headers).header(reasonHeader, headerText(error.reason))
      return show(reply, messageView('Sorry, but we’re having trouble signing you in', error.message))
    }
    if (statusCode < 500) {
      return refuse(request, reply, new SignInError(90100, ['request body'], message), statusCode)
    }
    request.log.error({ err: error }, 'unexpected error')
    return show(reply.code(500), messageView('That went wrong', 'A defect of the emulator; its log says more.'))
  })
  const hidden = { schema: { hide: true } as object, bodyLimit: 64 * 1024 }
  const methods = ['GET', 'POST']

  for (const [endpoint, url] of [
    ['v1', '/:tenant/oauth2/authorize'],
    ['v2', '/:tenant/oauth2/v2.0/authorize']
  ] as const) {
    app.route({
      ...hidden,
      method: methods,
      url,
      handler: async (request, reply) => {
        const authority = authorityIn(request)
        const params = paramsOf(request)
        const to = replyOf(params, authority, addressOf(request), parts)
        try {
          return begin(
            authorizeRequest(params, endpoint, authority, to, {
              ...parts,
              cloud: placeOf(request.headers.host)?.cloud
            }),
            request,
            reply
          )
        } catch (error) {
          if (error instanceof SignInError) return tell(to, error, request, reply)
          throw error
        }
      }
    })
  }

  app.post('/:tenant/login', hidden, async (request, reply) => {
    const form = formOf(request.body)
    const pending = taken(form, 'authorize')
    const asked = pending.request
    if (form.get('decision') !== 'accept') {
      return tell(asked, new SignInError(65004, [], 'Cancel was chosen on the page'), request, reply)
    }
    const user = chosen(form, asked.authority.tenant)
    const tenant = asked.authority.tenant ?? directory.home(user)
    if (asked.wanted.scopes !== 'default') signIns.consents.give(user, asked.app, tenant, asked.wanted.scopes)
    const session = signIns.sessions.issue({ tenant, user })
    const { protocol, pathname } = new URL(addressOf(request))
    const secure = protocol === 'https:' ? '; Secure' : ''
    reply.header('set-cookie', `${cookieName}=${session}; Path=${pathname}; HttpOnly; SameSite=Lax${secure}`)
    return complete(asked, tenant, user, request, reply)
  })

  app.route({
    ...hidden,
    method: methods,
    url: '/:tenant/oauth2/deviceauth',
    handler: async (request, reply) => {
      authorityIn(request)
      const form = paramsOf(request)
      if (request.method === 'GET') return askUserCode(request, reply, form.get('user_code') ?? form.get('otc') ?? '')
      return form.has('decision') ? decideDevice(form, reply) : chooseDevice(form, request, reply)
    }
  })

  for (const url of ['/:tenant/oauth2/logout', '/:tenant/oauth2/v2.0/logout']) {
    app.route({
      ...hidden,
      method: methods,
      url,
      handler: async (request, reply) => {
        const { tenant } = authorityIn(request)
        const params = paramsOf(request)
        const session = sessionId(request)
        if (session !== undefined) signIns.sessions.take(session)
        const { pathname } = new URL(addressOf(request))
        reply.header('set-cookie', `${cookieName}=; Path=${pathname}; HttpOnly; SameSite=Lax; Max-Age=0`)
        const back = params.get('post_logout_redirect_uri') ?? ''
        const apps = directory.apps.filter(one => directory.app(one.clientId, tenant) !== undefined)
        // Only to where some app's codes may go, so that it redirects nobody to a stranger.
        if (apps.some(one => isRedirectUri(back, one, addressOf(request)))) {
          const { location } = answerTo(
            { app: apps[0]!, redirectUri: back, mode: 'query', state: params.get('state') },
            {}
          ) as { location: string }
          return reply.redirect(location.replace(/[?&]$/, ''))
        }
        return show(reply, messageView('You signed out', 'You may close this page.'))
      }
    })
  }

  app.get('/:tenant/oauth2/nativeclient', hidden, async (request, reply) => {
    authorityIn(request)
    return show(reply, messageView('Signed in', 'The code is in the address of this page, for the app that opened it.'))
  })

  /** `prompt=none` is answered at once; everybody else sees the page. */
  function begin(asked: AuthorizeRequest, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (asked.prompt === 'none') {
      const { user, tenant } = silently(asked, request)
      return complete(asked, tenant, user, request, reply)
    }
    const flow = signIns.pages.issue({ kind: 'authorize', request: asked })
    const action = `${rootOf(request)}/${asked.authority.name}/login`
    return show(reply, signInView(asked, directory.users(asked.authority.tenant), flow, action))
  }

  function silently(asked: AuthorizeRequest, request: FastifyRequest): { user: User; tenant: Tenant } {
    const found = signIns.sessions.find(sessionId(request) ?? '')
    const { loginHint, authority } = asked
    const fits =
      found !== undefined &&
      !found.expired &&
      (loginHint === undefined || loginHint.toLowerCase() === found.value.user.name.toLowerCase()) &&
      (authority.tenant === undefined || authority.tenant.id === found.value.tenant.id)
    if (!fits) throw new SignInError(50058, [], 'prompt=none, and nobody (or another user) is signed in to these pages')
    const { user, tenant } = found.value
    try {
      signIns.consents.granted(asked.wanted, user, asked.app, tenant)
    } catch (error) {
      const { reason } = error as SignInError
      throw new SignInError(65001, [asked.app.clientId, asked.app.name], reason, 'interaction_required')
    }
    return found.value
  }

  function complete(
    asked: AuthorizeRequest,
    tenant: Tenant,
    user: User,
    request: FastifyRequest,
    reply: FastifyReply
  ): FastifyReply {
    const { app: client, redirectUri, wanted, nonce, challenge } = asked
    try {
      signIns.consents.granted(wanted, user, client, tenant)
    } catch (error) {
      if (error instanceof SignInError) return tell(asked, error, request, reply)
      throw error
    }
    const code = signIns.codes.issue({
      tenant,
      app: client,
      user,
      wanted,
      redirectUri,
      nonce,
      challenge,
      redeemed: false
    })
    return answer(asked, { code, ...(asked.clientInfo && { client_info: clientInfo(user, tenant) }) }, reply)
  }

  /** What is wrong, told to the app. */
  function tell(to: Reply, error: SignInError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { error: name, error_description, error_uri } = errorBody(error, idsOf(request))
    reply.header(reasonHeader, headerText(error.reason))
    return answer(to, { error: name, error_description, error_uri }, reply)
  }

  function answer(to: Reply, fields: Readonly<Record<string, string>>, reply: FastifyReply): FastifyReply {
    const way = answerTo(to, fields)
    if ('action' in way) return show(reply, formPostView(way.action, way.fields))
    return reply
      .header('cache-control', 'no-store, no-cache')
      .header('referrer-policy', 'no-referrer')
      .redirect(way.location)
  }

  function askUserCode(request: FastifyRequest, reply: FastifyReply, typed: string, problem?: SignInError) {
    const flow = signIns.pages.issue({ kind: 'user code' })
    if (problem !== undefined) reply.code(aadsts[problem.code].status).header(reasonHeader, headerText(problem.reason))
    return show(
      reply,
      userCodeView(flow, `${rootOf(request)}/common/oauth2/deviceauth`, shown(typed), problem?.message)
    )
  }

  function chooseDevice(form: ReadonlyMap<string, string>, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    taken(form, 'user code')
    const typed = form.get('user_code') ?? ''
    let code: DeviceCode
    try {
      code = signIns.undecided(typed)
    } catch (error) {
      if (error instanceof SignInError) return askUserCode(request, reply, typed, error)
      throw error
    }
    const flow = signIns.pages.issue({ kind: 'device', userCode: code.userCode })
    const action = `${rootOf(request)}/common/oauth2/deviceauth`
    return show(reply, deviceView(code, directory.users(code.tenant), flow, action))
  }

  function decideDevice(form: ReadonlyMap<string, string>, reply: FastifyReply): FastifyReply {
    const code = signIns.undecided(taken(form, 'device').userCode)
    if (form.get('decision') !== 'approve') {
      code.state = 'declined'
      return show(reply, messageView('Declined', 'The device is not signed in. You may close this page.'))
    }
    signIns.approve(code, chosen(form, code.tenant), directory)
    return show(
      reply,
      messageView('Approved', `You signed in to ${code.app.name} on the device. You may close this page.`)
    )
  }

  /** The page that is answered: once, and not by a page of somebody else's. */
  function taken<K extends PendingPage['kind']>(
    form: ReadonlyMap<string, string>,
    kind: K
  ): Extract<PendingPage, { kind: K }> {
    const pending = signIns.pages.take(form.get('flow') ?? '')
    if (pending?.kind === kind) return pending as Extract<PendingPage, { kind: K }>
    throw new SignInError(50089, [], 'the page was answered before, is too old, or was not made here: begin again')
  }

  function chosen(form: ReadonlyMap<string, string>, tenant: Tenant | undefined): User {
    const name = form.get('user') ?? ''
    const user = directory.user(name, tenant)
    if (user !== undefined) return user
    throw new SignInError(
      50034,
      [name, (tenant ?? directory.defaultTenant).id],
      `user ${shown(name)} is not known here`
    )
  }

  function authorityIn(request: FastifyRequest): Authority {
    return authorityOf((request.params as { tenant: string }).tenant, directory)
  }

  /** What stands before the paths, behind a proxy. */
  function rootOf(request: FastifyRequest): string {
    return new URL(addressOf(request)).pathname.replace(/\/$/, '')
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, error: SignInError, status?: number): FastifyReply {
    const { error_description } = errorBody(error, idsOf(request))
    reply.code(status ?? aadsts[error.code].status).header(reasonHeader, headerText(error.reason))
    return show(reply, messageView('Sorry, but we’re having trouble signing you in', error_description))
  }

  function idsOf(request: FastifyRequest): ErrorIds {
    const { tenant = '' } = (request.params ?? {}) as { tenant?: string }
    const clock = parts.clock.of(parts.directory.tenant(tenant)?.id)
    return { traceId: parts.ids.guid(), correlationId: parts.ids.guid(), now: clock.date() }
  }
}

function show(reply: FastifyReply, settings: PageSettings): FastifyReply {
  const { text, headers } = page(settings)
  return reply.headers(headers).send(text)
}

/** Of the address or, when it is posted, of the form. */
function paramsOf(request: FastifyRequest): Map<string, string> {
  if (request.method === 'POST') return formOf(request.body)
  return formOf(request.url.slice(request.url.indexOf('?') + 1 || request.url.length))
}

function sessionId(request: FastifyRequest): string | undefined {
  return new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1]
}
