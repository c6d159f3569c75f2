import type { CloudName } from '../../clouds.js'
import { unknownApp } from '../client.js'
import type { App, Directory } from '../directory.js'
import { SignInError, shown } from '../errors.js'
import { isRedirectUri } from '../redirect-uris.js'
import type { Authority } from '../requests.js'
import { type Wanted, wantedOf } from '../scopes.js'
import type { IssuedCode } from '../sign-ins.js'
import type { Tokens } from '../tokens.js'

export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** Where the answer goes, and in what form; known before the rest is checked. */
export interface Reply {
  app: App
  redirectUri: string
  mode: ResponseMode
  state: string | undefined
}

export interface AuthorizeRequest extends Reply {
  authority: Authority
  wanted: Wanted
  nonce: string | undefined
  challenge: IssuedCode['challenge']
  prompt: string | undefined
  loginHint: string | undefined
  clientInfo: boolean
}

export interface AuthorizeParts {
  directory: Directory
  tokens: Tokens
  /** The cloud whose sign-in host was asked. */
  cloud?: CloudName | undefined
}

/**
 * App and redirect address of a request (page v2-oauth2-auth-code-flow). What is wrong with them is said on a page: an
 * answer to an address that is not the app's would be an open redirect.
 */
export function replyOf(
  params: ReadonlyMap<string, string>,
  authority: Authority,
  address: string,
  { directory }: AuthorizeParts
): Reply {
  const id = params.get('client_id') ?? ''
  if (id === '') throw new SignInError(900144, ['client_id'], 'client_id is missing from the address')
  const app = directory.app(id, authority.tenant)
  if (app === undefined) throw unknownApp(id, { tenant: authority.tenant, authority: authority.name }, { directory })
  const redirectUri = params.get('redirect_uri') ?? app.redirectUris?.[0] ?? ''
  if (redirectUri === '') {
    throw new SignInError(500113, [], `redirect_uri is missing, and app ${app.clientId} has registered none`)
  }
  if (!isRedirectUri(redirectUri, app, address)) {
    const registered = app.redirectUris?.join(', ') ?? 'any loopback address, and those of native clients'
    throw new SignInError(
      50011,
      [redirectUri, app.clientId],
      `redirect_uri ${shown(redirectUri)} is not registered for app ${app.clientId}: ${registered}`
    )
  }
  const mode = params.get('response_mode') ?? 'query'
  const known = ['query', 'fragment', 'form_post'] as const
  return { app, redirectUri, mode: known.find(one => one === mode) ?? 'query', state: params.get('state') }
}

/** The rest of it. What is wrong with this is told to the app, at its redirect address. */
export function authorizeRequest(
  params: ReadonlyMap<string, string>,
  endpoint: 'v1' | 'v2',
  authority: Authority,
  reply: Reply,
  parts: AuthorizeParts
): AuthorizeRequest {
  const mode = params.get('response_mode') ?? 'query'
  if (mode !== reply.mode) {
    throw new SignInError(70007, [mode], 'response_mode must be query, fragment or form_post')
  }
  checkResponseType(params.get('response_type') ?? '')
  const prompt = params.get('prompt') || undefined
  if (prompt !== undefined && !/^(login|none|consent|select_account|create|admin_consent)$/.test(prompt)) {
    throw new SignInError(90100, ['prompt'], `prompt ${shown(prompt)} is none of login, none, consent, select_account`)
  }
  return {
    ...reply,
    authority,
    wanted: wantedBy(params, endpoint, authority, reply.app, parts),
    nonce: params.get('nonce') || undefined,
    challenge: challengeOf(params),
    prompt,
    loginHint: params.get('login_hint') || undefined,
    clientInfo: params.get('client_info') === '1'
  }
}

/** Implicit and hybrid flows are off unless an app's registration turns them on (documented); here none does. */
function checkResponseType(type: string): void {
  if (type === 'code') return
  if (type === '') throw new SignInError(900144, ['response_type'], 'response_type is missing from the address')
  const parts = type.split(' ')
  if (parts.every(part => ['code', 'id_token', 'token'].includes(part))) {
    throw new SignInError(700054, [parts.find(part => part !== 'code')!], 'only response_type=code is served')
  }
  throw new SignInError(70005, [type], 'only response_type=code is served')
}

/** At v1 the API may be named later, when the code is redeemed. */
function wantedBy(
  form: ReadonlyMap<string, string>,
  endpoint: 'v1' | 'v2',
  { tenant }: Authority,
  app: App,
  parts: AuthorizeParts
): Wanted {
  if (endpoint === 'v1' && (form.get('resource') ?? '') === '') {
    return { resource: undefined, scopes: [], prefix: '', about: new Set(['openid']) }
  }
  return wantedOf({ endpoint, form, tenant, app }, parts)
}

/** PKCE (RFC 7636): 43 to 128 characters; `plain` where no method is named, as the RFC has it and Entra does. */
function challengeOf(params: ReadonlyMap<string, string>): IssuedCode['challenge'] {
  const value = params.get('code_challenge')
  const method = params.get('code_challenge_method')
  if (value === undefined) {
    if (method === undefined) return undefined
    throw new SignInError(50147, [], 'there is a code_challenge_method but no code_challenge')
  }
  if (!/^[\w.~-]{43,128}$/.test(value)) {
    throw new SignInError(501491, [], 'code_challenge must be of 43 to 128 characters: letters, digits, - . _ ~')
  }
  if (method !== undefined && method !== 'S256' && method !== 'plain') {
    throw new SignInError(50149, [], 'code_challenge_method must be S256 or plain')
  }
  return { method: method ?? 'plain', value }
}

/** How the answer travels: as a redirect, or as a form that the browser posts. */
export function answerTo(
  { redirectUri, mode, state }: Reply,
  answer: Readonly<Record<string, string>>
): { location: string } | { action: string; fields: Readonly<Record<string, string>> } {
  const fields = { ...answer, ...(state !== undefined && { state }) }
  const { href } = new URL(redirectUri)
  if (mode === 'form_post') return { action: href, fields }
  const text = new URLSearchParams(fields).toString()
  if (mode === 'fragment') return { location: `${href}#${text}` }
  return { location: `${href}${href.includes('?') ? '&' : '?'}${text}` }
}
