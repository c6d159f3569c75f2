import type { Emulator, InjectedResponse } from '../../src/index.js'
import { everything, form, resource, tenant } from '../emulator.js'

export const host = 'localhost:6330'
export const user = { username: 'alex@contoso.com', password: 'P@ssw0rd!' }
export const redirect_uri = 'http://localhost:8400/back'
export const named = `${resource}/Software.Read`

type Fields = Record<string, string>

/** POST of a form. */
export function post(emulator: Emulator, url: string, fields: Fields, headers: Fields = {}): Promise<InjectedResponse> {
  return emulator.inject({
    method: 'POST',
    url,
    payload: form(fields),
    headers: { host, 'content-type': 'application/x-www-form-urlencoded', ...headers }
  })
}

export function token(emulator: Emulator, fields: Fields, authority: string = tenant, version = '/v2.0') {
  return post(emulator, `/${authority}/oauth2${version}/token`, { client_id: everything, ...fields })
}

/** GET of the authorize endpoint. */
export function authorize(
  emulator: Emulator,
  fields: Fields = {},
  { authority = tenant as string, version = '/v2.0', headers = {} as Fields } = {}
) {
  const asked = { client_id: everything, response_type: 'code', redirect_uri, scope: named, ...fields }
  const query = form(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')))
  return emulator.inject({ url: `/${authority}/oauth2${version}/authorize?${query}`, headers: { host, ...headers } })
}

/** The hidden id of a page. */
export function flowOf({ body }: InjectedResponse): string {
  return /name="flow" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

/** The whole way: the page, the choice on it, and where it leads. */
export async function signIn(
  emulator: Emulator,
  fields: Fields = {},
  where: { authority?: string; version?: string } = {}
) {
  const page = await authorize(emulator, fields, where)
  const response = await post(emulator, `/${where.authority ?? tenant}/login`, {
    flow: flowOf(page),
    user: user.username,
    decision: 'accept'
  })
  return { page, response, answer: paramsIn(response) }
}

/** What a redirect carries, in its query or its fragment. */
export function paramsIn({ headers }: InjectedResponse): Fields {
  const { search, hash } = new URL(String(headers.location ?? 'x:'))
  return Object.fromEntries(new URLSearchParams(search || hash.slice(1)))
}
