import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import t from 'tap'
import { Clock } from '../../src/clock.js'
import type { Emulator } from '../../src/index.js'
import { emulated, everything, form, resource, softwareOnly, tenant } from '../emulator.js'
import { authorize, flowOf, host, named, paramsIn, post, redirect_uri, signIn, token, user } from './sign-in.js'

const small = { machines: 0 }
const fabrikam = 'bbbbcccc-1111-dddd-2222-eeee3333ffff'
const registered = '55556666-ffff-7777-aaaa-888899990000'
const fixtures = {
  tenants: [{ id: fabrikam, domain: 'fabrikam.onmicrosoft.com', name: 'Fabrikam' }],
  apps: [
    {
      clientId: registered,
      name: '<b>Rude & "quoted"</b>',
      redirectUris: ['https://app.example/back?x=1', 'http://localhost/callback', 'myapp://auth'],
      publicClient: true
    }
  ],
  users: [{ name: 'blake@fabrikam.com', scopes: [], tenant: fabrikam }]
}
const verifier = 'v'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')
const redeem = (emulator: Emulator, code: string, more: Record<string, string> = {}, authority?: string) =>
  token(emulator, { grant_type: 'authorization_code', code, redirect_uri, ...more }, authority)

t.test('the whole way, with PKCE: page, code, tokens', async t => {
  const emulator = await emulated(t, small)
  const scope = `${named} openid profile offline_access`
  for (const [method, value] of [
    ['S256', challenge],
    ['plain', verifier],
    ['', verifier]
  ] as const) {
    const { page, response, answer } = await signIn(emulator, {
      scope,
      state: 'a state & more',
      nonce: 'once',
      code_challenge: value,
      code_challenge_method: method,
      client_info: '1',
      login_hint: user.username,
      domain_hint: 'organizations'
    })
    t.equal(page.statusCode, 200, page.body)
    t.equal(response.statusCode, 302, response.body)
    t.match(String(response.headers.location), /^http:\/\/localhost:8400\/back\?code=1\./)
    t.match(answer, { code: String, state: 'a state & more', client_info: String })
    const wrong = await redeem(emulator, answer.code!, { code_verifier: 'w'.repeat(43) })
    t.match(wrong.json(), { error: 'invalid_grant', error_codes: [501481] }, 'a wrong verifier does not spend the code')
    t.match((await redeem(emulator, answer.code!)).json().error_codes, [501481], 'nor does none')
    const answered = await redeem(emulator, answer.code!, { code_verifier: verifier })
    t.equal(answered.statusCode, 200, answered.body)
    t.match(answered.json(), { scope: named, access_token: String, refresh_token: String, id_token: String })
    t.match(decodeJwt(answered.json().id_token), { nonce: 'once', aud: everything })
    t.match(
      (await redeem(emulator, answer.code!, { code_verifier: verifier })).json().error_codes,
      [54005],
      'good once'
    )
  }
})

t.test('two at once: the code is good for one of them', async t => {
  const emulator = await emulated(t, small)
  const { answer } = await signIn(emulator)
  const both = await Promise.all([redeem(emulator, answer.code!), redeem(emulator, answer.code!)])
  t.same(both.map(({ statusCode }) => statusCode).sort(), [200, 400])
})

t.test('how the answer travels', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const fragment = await signIn(emulator, { response_mode: 'fragment', state: 's' })
  t.match(String(fragment.response.headers.location), /^http:\/\/localhost:8400\/back#code=/)
  const posted = (await signIn(emulator, { response_mode: 'form_post', state: '"><script>' })).response
  t.equal(posted.statusCode, 200)
  t.match(posted.body, /<form method="post" action="http:\/\/localhost:8400\/back">/)
  t.match(posted.body, /name="state" value="&#34;&#62;&#60;script&#62;"/)
  t.match(posted.body, /<button>Continue<\/button>/, 'without JavaScript there is a button')
  t.match(
    posted.headers['content-security-policy'],
    /script-src 'sha256-[^']+'; form-action 'self' http:\/\/localhost:8400;/
  )
  const kept = await signIn(emulator, { client_id: registered, redirect_uri: 'https://app.example/back?x=1' })
  t.match(String(kept.response.headers.location), /^https:\/\/app\.example\/back\?x=1&code=/)
})

t.test('redirect addresses', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  for (const [client_id, uri, good] of [
    [everything, 'http://localhost', true],
    [everything, 'http://localhost:1234/any/path?q=1', true],
    [everything, 'https://localhost/x', true],
    [everything, 'http://127.0.0.1:8080/', true],
    [everything, 'http://[::1]:8080/', true],
    [everything, 'https://login.microsoftonline.com/common/oauth2/nativeclient', true],
    [everything, `http://${host}/common/oauth2/nativeclient`, true],
    [everything, 'urn:ietf:wg:oauth:2.0:oob', true],
    [everything, `msal${everything}://auth`, true],
    [everything, 'https://evil.example/', false],
    [everything, 'http://localhost.evil.example/', false],
    [everything, 'http://localhost@evil.example/', false],
    [everything, 'http://evil@localhost/', false],
    [everything, 'http://localhost\\@evil.example/', false],
    [everything, 'http://localhost/#fragment', false],
    [everything, 'javascript:alert(1)//localhost', false],
    [everything, 'data:text/html,x', false],
    [everything, '//localhost/', false],
    [everything, 'nonsense', false],
    [registered, 'https://app.example/back?x=1', true],
    [registered, 'myapp://auth', true],
    [registered, 'http://localhost:5000/callback', true],
    [registered, 'http://localhost:5000/other', false],
    [registered, 'https://localhost:5000/callback', false],
    [registered, 'https://app.example/back', false],
    [registered, 'https://app.example/back?x=1&y=2', false],
    [registered, 'http://127.0.0.1/callback', false]
  ] as const) {
    const response = await authorize(emulator, { client_id, redirect_uri: uri })
    t.equal(response.statusCode, good ? 200 : 400, `${uri}: ${response.body.slice(-300)}`)
    if (good) continue
    t.match(response.body, 'AADSTS50011', uri)
    t.equal(response.headers.location, undefined, 'and nobody is sent there')
  }
})

t.test('what is wrong with app or address is said on a page', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  for (const [name, fields, authority, code] of [
    ['no app', { client_id: '' }, tenant, 900144],
    ['unknown app', { client_id: tenant }, tenant, 700016],
    ['no address', { redirect_uri: '' }, tenant, 500113],
    ['unknown tenant', {}, 'nowhere', 90002],
    ['personal accounts', {}, 'consumers', 90130]
  ] as const) {
    const response = await authorize(emulator, fields, { authority })
    t.equal(response.statusCode, 400, name)
    t.match(response.headers['content-type'], /^text\/html/, name)
    t.match(response.body, `AADSTS${code}:`, name)
    t.ok(response.headers['x-emulator-reason'], name)
  }
  const registeredOne = await authorize(emulator, { client_id: registered, redirect_uri: '' })
  t.equal(registeredOne.statusCode, 200, 'without an address it is the first that was registered')
})

t.test('what else is wrong is told to the app', async t => {
  const emulator = await emulated(t, small)
  for (const [name, fields, error, code] of [
    ['no response type', { response_type: '' }, 'invalid_request', 900144],
    ['implicit', { response_type: 'id_token' }, 'unsupported_response_type', 700054],
    ['hybrid', { response_type: 'code id_token' }, 'unsupported_response_type', 700054],
    ['nonsense', { response_type: 'x' }, 'unsupported_response_type', 70005],
    ['response mode', { response_mode: 'x' }, 'invalid_request', 70007],
    ['prompt', { prompt: 'x' }, 'invalid_request', 90100],
    ['no scope', { scope: '' }, 'invalid_request', 900144],
    ['another API', { scope: 'https://graph.microsoft.com/User.Read' }, 'invalid_resource', 500011],
    ['no such scope', { scope: 'Nothing.Read' }, 'invalid_client', 650053],
    ['a short challenge', { code_challenge: 'x' }, 'invalid_request', 501491],
    ['a method alone', { code_challenge_method: 'S256' }, 'invalid_request', 50147],
    ['another method', { code_challenge: challenge, code_challenge_method: 'S512' }, 'invalid_request', 50149],
    ['prompt=none, nobody signed in', { prompt: 'none' }, 'login_required', 50058]
  ] as const) {
    const response = await authorize(emulator, { state: 'mine', ...fields } as Record<string, string>)
    t.equal(response.statusCode, 302, `${name}: ${response.body}`)
    t.match(paramsIn(response), { error, error_description: new RegExp(`^AADSTS${code}: `), state: 'mine' }, name)
    t.ok(response.headers['x-emulator-reason'], name)
  }
  const fragment = await authorize(emulator, { response_mode: 'fragment', response_type: 'x' })
  t.match(String(fragment.headers.location), /back#error=/, 'in the form that was asked for')
})

t.test('the page', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const page = await authorize(emulator, { client_id: registered, redirect_uri: 'myapp://auth' })
  t.match(page.body, 'Sign in to &#60;b&#62;Rude &#38; &#34;quoted&#34;&#60;/b&#62;', 'every value is escaped')
  t.notMatch(page.body, '<b>Rude')
  t.notMatch(page.body, /<script|src=|href=/, 'nothing is loaded, nothing runs')
  t.match(page.headers, {
    'content-security-policy':
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' myapp:; base-uri 'none'; frame-ancestors 'none'$/,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': /no-store/
  })
  t.match(page.body, 'value="alex@contoso.com" checked')
  t.notMatch(page.body, 'blake@', 'nobody of another tenant')
  const both = await authorize(emulator, { login_hint: 'BLAKE@fabrikam.com' }, { authority: 'common' })
  t.match(both.body, 'value="blake@fabrikam.com" checked', '/common offers all, and the hint chooses')
  const byPost = await post(emulator, `/${tenant}/oauth2/v2.0/authorize`, {
    client_id: everything,
    response_type: 'code',
    redirect_uri,
    scope: named
  })
  t.equal(byPost.statusCode, 200, 'POST does as well')
})

t.test('the choice on it: once, and not forged', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const page = await authorize(emulator, { state: 's' })
  const flow = flowOf(page)
  const choose = (fields: Record<string, string>) =>
    post(emulator, `/${tenant}/login`, { flow, user: user.username, decision: 'accept', ...fields })
  t.equal((await choose({ flow: '' })).statusCode, 400)
  t.match((await choose({ flow: 'x' })).body, 'AADSTS50089')
  t.equal((await choose({})).statusCode, 302)
  t.match((await choose({})).body, 'AADSTS50089', 'a second time')
  const cancelled = await post(emulator, `/${tenant}/login`, {
    flow: flowOf(await authorize(emulator, { state: 's' })),
    decision: 'cancel'
  })
  t.match(paramsIn(cancelled), { error: 'access_denied', error_description: /^AADSTS65004/, state: 's' })
  const stranger = await post(emulator, `/${tenant}/login`, {
    flow: flowOf(await authorize(emulator)),
    user: 'blake@fabrikam.com',
    decision: 'accept'
  })
  t.match(stranger.body, 'AADSTS50034', 'a user of another tenant')
  t.equal((await emulator.inject({ method: 'POST', url: `/${tenant}/login`, payload: '' })).statusCode, 400)
})

t.test('codes are for their app, tenant and address, and hold ten minutes', async t => {
  let ahead = 0
  const { now: real } = Clock.prototype
  t.teardown(() => {
    Clock.prototype.now = real
  })
  Clock.prototype.now = function (this: Clock) {
    return real.call(this) + ahead
  }
  const emulator = await emulated(t, { ...small, fixtures, time: '2026-06-30T12:00:00Z', frozen: true })
  const { code = '' } = (await signIn(emulator)).answer
  for (const [name, given, more, authority, id, error] of [
    ['another app', code, { client_id: softwareOnly }, tenant, 70000, 'invalid_grant'],
    ['another tenant', code, {}, fabrikam, 700005, 'invalid_grant'],
    ['another address', code, { redirect_uri: `${redirect_uri}/` }, tenant, 500112, 'invalid_client'],
    ['no address', code, { redirect_uri: '' }, tenant, 900144, 'invalid_request'],
    ['a verifier without a challenge', code, { code_verifier: verifier }, tenant, 501481, 'invalid_grant'],
    ['malformed', 'nonsense', {}, tenant, 9002313, 'invalid_grant'],
    ['unknown', `1.${'a'.repeat(43)}.${'b'.repeat(43)}`, {}, tenant, 70000, 'invalid_grant'],
    ['none', '', {}, tenant, 900144, 'invalid_request']
  ] as const) {
    const response = await redeem(emulator, given, more, authority)
    t.equal(response.statusCode, 400, name)
    t.match(response.json(), { error, error_codes: [id] }, `${name}: ${response.body}`)
    t.notMatch(response.body + JSON.stringify(response.headers), code, name)
  }
  ahead = 600_000 - 1
  t.equal((await redeem(emulator, code)).statusCode, 200)
  const late = (await signIn(emulator)).answer.code!
  ahead += 600_000
  t.same((await redeem(emulator, late)).json().error_codes, [70008])
})

t.test('consent on the page is remembered, until a reset', async t => {
  const emulator = await emulated(t, small)
  const byPassword = () => token(emulator, { grant_type: 'password', ...user, scope: 'Machine.Isolate' })
  t.same((await byPassword()).json().error_codes, [65001])
  const { answer } = await signIn(emulator, { scope: 'Machine.Isolate' })
  t.match(decodeJwt((await redeem(emulator, answer.code!)).json().access_token), { scp: 'Machine.Isolate' })
  t.equal((await byPassword()).statusCode, 200)
  emulator.control.reset()
  t.same((await byPassword()).json().error_codes, [65001])
})

t.test('prompt=none answers whoever signed in before', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const { response } = await signIn(emulator)
  const set = String(response.headers['set-cookie'])
  t.match(set, /^ESTSAUTH=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/)
  const cookie = set.split(';', 1)[0]!
  const silent = async (fields: Record<string, string> = {}, authority: string = tenant) =>
    paramsIn(await authorize(emulator, { prompt: 'none', ...fields }, { authority, headers: { cookie } }))
  t.match(await silent(), { code: String })
  t.match(await silent({ login_hint: user.username }, 'common'), { code: String })
  t.match(await silent({ login_hint: 'blake@fabrikam.com' }), { error: 'login_required' })
  t.match(await silent({}, fabrikam), { error: 'login_required' })
  t.match(await silent({ scope: 'Machine.Isolate' }), {
    error: 'interaction_required',
    error_description: /AADSTS65001/
  })
  const out = await emulator.inject({ url: '/common/oauth2/v2.0/logout', headers: { cookie, host } })
  t.equal(out.statusCode, 200)
  t.match(out.headers['set-cookie'], /Max-Age=0/)
  t.match(await silent(), { error: 'login_required' })
})

t.test('signing out leads back to an app, and to nobody else', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const out = (uri: string) =>
    emulator.inject({
      url: `/${tenant}/oauth2/v2.0/logout?${form({ post_logout_redirect_uri: uri, state: 's' })}`,
      headers: { host }
    })
  t.equal((await out('http://localhost:3000/bye')).headers.location, 'http://localhost:3000/bye?state=s')
  t.equal((await out('https://evil.example/')).statusCode, 200)
  t.equal((await out('https://evil.example/')).headers.location, undefined)
})

t.test('/common: the tenant is that of the user', async t => {
  const emulator = await emulated(t, { ...small, fixtures })
  const page = await authorize(emulator, {}, { authority: 'common' })
  const response = await post(emulator, '/common/login', {
    flow: flowOf(page),
    user: 'blake@fabrikam.com',
    decision: 'accept'
  })
  const { code = '' } = paramsIn(response)
  t.match(decodeJwt((await redeem(emulator, code, {}, 'common')).json().access_token), { tid: fabrikam })
})

t.test('v1: the API is named at either step', async t => {
  const emulator = await emulated(t, small)
  for (const [first, then] of [
    [{ resource }, {}],
    [{}, { resource }],
    [{ resource }, { resource }]
  ] as Record<string, string>[][]) {
    const { answer } = await signIn(emulator, { scope: '', ...first }, { version: '' })
    const fields = { grant_type: 'authorization_code', code: answer.code!, redirect_uri, ...then }
    const body = (await token(emulator, fields, tenant, '')).json()
    t.match(body, { resource, scope: /Software\.Read/, expires_in: '3599', refresh_token: String, id_token: String })
  }
})

t.test('behind a proxy with a prefix the forms lead where they should', async t => {
  const emulator = await emulated(t, { ...small, publicUrl: 'https://gate.example/mde' })
  const page = await authorize(emulator)
  t.match(page.body, `action="/mde/${tenant}/login"`)
  const response = await post(emulator, `/${tenant}/login`, {
    flow: flowOf(page),
    user: user.username,
    decision: 'accept'
  })
  t.match(response.headers['set-cookie'], /; Path=\/mde; HttpOnly; SameSite=Lax; Secure$/)
})

t.test('whatever comes, it is no 500', async t => {
  const emulator = await emulated(t, small)
  for (const path of [
    'oauth2/v2.0/authorize',
    'oauth2/authorize',
    'oauth2/deviceauth',
    'oauth2/v2.0/logout',
    'login'
  ]) {
    for (const query of ['', '?', '?client_id=%00', '?client_id=a&client_id=b', '?redirect_uri=%E0%A4', '?x=%zz']) {
      for (const method of ['GET', 'POST']) {
        const { statusCode } = await emulator.inject({
          method,
          url: `/${tenant}/${path}${query}`,
          payload: query.slice(1)
        })
        t.ok(statusCode < 500, `${method} ${path}${query}: ${statusCode}`)
      }
    }
  }
})
