import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { Clock } from '../../src/clock.js'
import { emulated, everything, resource, softwareOnly, tenant } from '../emulator.js'
import { host, named, token, user } from './sign-in.js'

const frozen = { time: '2026-06-30T12:00:00Z', frozen: true, machines: 0 }
const now = Date.parse(frozen.time) / 1000
const fabrikam = 'bbbbcccc-1111-dddd-2222-eeee3333ffff'
const confidential = '44445555-eeee-6666-ffff-777788889999'
const grant = { grant_type: 'password', ...user }
const fixtures = {
  tenants: [{ id: fabrikam, domain: 'fabrikam.onmicrosoft.com', name: 'Fabrikam' }],
  apps: [{ clientId: confidential, secrets: ['their-secret'], roles: [] }],
  users: [
    { name: 'blake@fabrikam.com', password: 'secret', scopes: ['Machine.Read'], tenant: fabrikam },
    { name: 'casey@contoso.com', scopes: [] }
  ]
}

t.test('a user signs in by password: the answer, and every claim', async t => {
  const emulator = await emulated(t, frozen)
  const v2 = await token(emulator, { ...grant, scope: `${named} openid profile offline_access`, client_info: '1' })
  t.equal(v2.statusCode, 200, v2.body)
  const body = v2.json()
  t.same(
    Object.keys(body),
    'token_type scope expires_in ext_expires_in access_token refresh_token id_token client_info'.split(' ')
  )
  t.match(body, { token_type: 'Bearer', scope: named, expires_in: 3599, ext_expires_in: 3599 })
  t.match(v2.headers['cache-control'], 'no-store')
  const claims = decodeJwt(body.access_token)
  t.same(
    Object.keys(claims).sort(),
    'acr aio amr app_displayname appid appidacr aud exp iat ipaddr iss name nbf oid rh scp sub tenant_region_scope tid unique_name upn uti ver'.split(
      ' '
    )
  )
  t.match(claims, {
    aud: resource,
    iss: `https://sts.windows.net/${tenant}/`,
    iat: now - 300,
    exp: now + 3600,
    acr: '1',
    amr: ['pwd'],
    appid: everything,
    appidacr: '0',
    scp: 'Software.Read',
    unique_name: user.username,
    upn: user.username,
    tid: tenant,
    ver: '1.0'
  })
  t.same(JSON.parse(Buffer.from(body.client_info, 'base64url').toString()), { uid: claims.oid, utid: tenant })
  const identity = decodeJwt(body.id_token)
  t.match(identity, {
    aud: everything,
    iss: `http://${host}/${tenant}/v2.0`,
    oid: claims.oid,
    sub: claims.sub,
    tid: tenant,
    preferred_username: user.username,
    name: 'alex',
    ver: '2.0'
  })
  t.equal(decodeProtectedHeader(body.id_token).alg, 'RS256')
  const called = await emulator.inject({
    url: '/api/Software',
    headers: { authorization: `Bearer ${body.access_token}` }
  })
  t.equal(called.statusCode, 200)
  const other = await emulator.inject({
    url: '/api/machines',
    headers: { authorization: `Bearer ${body.access_token}` }
  })
  t.equal(other.statusCode, 403, 'and no more than was asked for')
})

t.test('v1: strings, all that was consented to, refresh and id token', async t => {
  const emulator = await emulated(t, frozen)
  const response = await token(emulator, { ...grant, resource }, tenant, '')
  const body = response.json()
  t.same(
    Object.keys(body),
    'token_type scope expires_in ext_expires_in expires_on not_before resource access_token refresh_token id_token'.split(
      ' '
    )
  )
  t.match(body, {
    expires_in: '3599',
    expires_on: String(now + 3600),
    resource,
    scope: 'Machine.Read Score.Read SecurityRecommendation.Read Software.Read Vulnerability.Read'
  })
  t.match(decodeJwt(body.id_token), { iss: `https://sts.windows.net/${tenant}/`, ver: '1.0', upn: user.username })
  const again = await token(emulator, { grant_type: 'refresh_token', refresh_token: body.refresh_token }, tenant, '')
  t.match(again.json(), { resource, refresh_token: String })
})

t.test('scopes', async t => {
  const emulator = await emulated(t, frozen)
  const bare = 'https://securitycenter.onmicrosoft.com/windowsatpservice'
  for (const [scope, answered, scp, aud] of [
    ['Software.Read', 'Software.Read', 'Software.Read', resource],
    ['software.read', 'Software.Read', 'Software.Read', resource],
    [`${bare}/Software.Read`, `${bare}/Software.Read`, 'Software.Read', bare],
    [`${named} ${resource}/Machine.Read`, `${named} ${resource}/Machine.Read`, 'Software.Read Machine.Read', resource],
    [`${resource}//Software.Read`, `${resource}//Software.Read`, 'Software.Read', `${resource}/`],
    [
      `${bare}/.default`,
      /windowsatpservice\/Software\.Read .*windowsatpservice\/\.default$/,
      /^Machine\.Read .* Vulnerability\.Read$/,
      bare
    ],
    ['openid profile', 'openid profile', 'openid profile', '00000003-0000-0000-c000-000000000000']
  ] as const) {
    const body = (await token(emulator, { ...grant, scope })).json()
    t.match(body.scope, answered, scope)
    t.match(decodeJwt(body.access_token), { scp, aud }, scope)
    t.equal('refresh_token' in body, false, 'no offline_access, no refresh token')
    t.equal('id_token' in body, scope.startsWith('openid'), scope)
  }
})

t.test('what is refused', async t => {
  const emulator = await emulated(t, { ...frozen, fixtures })
  const good = { ...grant, scope: named }
  for (const [name, fields, authority, status, code, error, reason] of [
    ['wrong password', { password: 'x' }, tenant, 400, 50126, 'invalid_grant', /has another password/],
    ['no password', { password: '' }, tenant, 400, 900144, 'invalid_request', /password is missing/],
    ['no user', { username: '' }, tenant, 400, 900144, 'invalid_request', /username is missing/],
    ['unknown user', { username: 'x@y.z' }, tenant, 400, 50034, 'invalid_grant', /only alex@contoso\.com/],
    [
      'one without a password',
      { username: 'casey@contoso.com' },
      tenant,
      400,
      50126,
      'invalid_grant',
      /has no password/
    ],
    [
      'a user of another tenant',
      { username: 'blake@fabrikam.com' },
      tenant,
      400,
      50034,
      'invalid_grant',
      /not in the directory/
    ],
    [
      'no consent',
      { scope: 'Machine.Isolate' },
      tenant,
      400,
      65001,
      'invalid_grant',
      /has not consented to Machine\.Isolate/
    ],
    ['no such scope', { scope: 'Software.Read.All' }, tenant, 400, 650053, 'invalid_client', /no delegated permission/],
    [
      'another API',
      { scope: 'https://graph.microsoft.com/User.Read' },
      tenant,
      400,
      500011,
      'invalid_resource',
      /another API/
    ],
    [
      'two APIs',
      { scope: `${named} https://api.securitycenter.windows.com/Machine.Read` },
      tenant,
      400,
      700022,
      'invalid_scope',
      /one request, one API/
    ],
    [
      '.default and more',
      { scope: `${resource}/.default Software.Read` },
      tenant,
      400,
      70011,
      'invalid_scope',
      /stands alone/
    ],
    ['a resource alone', { scope: resource }, tenant, 400, 70011, 'invalid_scope', /append \/\.default/],
    ['nothing after the slash', { scope: `${resource}/` }, tenant, 400, 70011, 'invalid_scope', /append/],
    ['nothing before the slash', { scope: '/Software.Read' }, tenant, 400, 70011, 'invalid_scope', /no resource/],
    ['no scope', { scope: '' }, tenant, 400, 900144, 'invalid_request', /scope is missing/],
    ['at /common', {}, 'common', 400, 9001023, 'invalid_request', /at \/organizations/],
    ['at /consumers', {}, 'consumers', 400, 90130, 'unauthorized_client', /no personal accounts/],
    [
      'an app that must prove itself',
      { client_id: confidential },
      tenant,
      401,
      7000218,
      'invalid_client',
      /publicClient/
    ],
    ['a wrong secret', { client_secret: 'x' }, tenant, 401, 7000215, 'invalid_client', /./],
    ['twice', { username: 'alex@contoso.com' }, 'nowhere', 400, 90002, 'invalid_request', /not in the directory/]
  ] as const) {
    const response = await token(emulator, { ...good, ...fields }, authority)
    t.equal(response.statusCode, status, `${name}: ${response.body}`)
    t.match(response.json(), { error, error_codes: [code] }, name)
    t.match(response.headers['x-emulator-reason'], reason, name)
    t.notMatch(response.body + JSON.stringify(response.headers), user.password, name)
  }
})

t.test('/organizations finds the tenant by the user, and a secret shows in the token', async t => {
  const emulator = await emulated(t, { ...frozen, fixtures })
  const body = (
    await token(
      emulator,
      {
        grant_type: 'password',
        username: 'blake@fabrikam.com',
        password: 'secret',
        scope: 'Machine.Read openid profile'
      },
      'organizations'
    )
  ).json()
  t.match(decodeJwt(body.access_token), { tid: fabrikam, iss: `https://sts.windows.net/${fabrikam}/` })
  t.match(decodeJwt(body.id_token), { iss: `http://${host}/${fabrikam}/v2.0` })
  const proven = await token(emulator, {
    ...grant,
    scope: named,
    client_id: confidential,
    client_secret: 'their-secret'
  })
  t.match(decodeJwt(proven.json().access_token), { appid: confidential, appidacr: '1' })
  t.not(decodeJwt(proven.json().access_token).sub, undefined)
})

t.test('refresh tokens: each use gives a new one, the old one stays good; bound to client and tenant', async t => {
  const emulator = await emulated(t, { ...frozen, fixtures })
  const scope = `${named} offline_access`
  const first = (await token(emulator, { ...grant, scope })).json()
  const refresh = (refresh_token: string, more: Record<string, string> = {}, authority?: string) =>
    token(emulator, { grant_type: 'refresh_token', refresh_token, ...more }, authority)
  const second = (await refresh(first.refresh_token)).json()
  t.match(second, { scope: named, access_token: String, refresh_token: String })
  t.not(second.refresh_token, first.refresh_token)
  t.equal((await refresh(first.refresh_token)).statusCode, 200, 'the old one is good')
  t.equal((await refresh(second.refresh_token, {}, 'common')).statusCode, 200, 'at /common')
  const other = (await refresh(second.refresh_token, { scope: `${resource}/Machine.Read openid` })).json()
  t.match(
    other,
    { scope: `${resource}/Machine.Read`, id_token: String, refresh_token: String },
    'for what else was consented to'
  )
  for (const [name, response, code] of [
    ['another app', refresh(first.refresh_token, { client_id: softwareOnly }), 70000],
    ['another tenant', refresh(first.refresh_token, {}, fabrikam), 70000],
    ['nonsense', refresh('nonsense'), 70000],
    ['none', refresh(''), 900144],
    ['no consent', refresh(first.refresh_token, { scope: 'Machine.Isolate' }), 65001]
  ] as const) {
    const { statusCode, body } = await response
    t.equal(statusCode, 400, name)
    t.same(JSON.parse(body).error_codes, [code], `${name}: ${body}`)
    t.notMatch(body, first.refresh_token)
  }
  emulator.control.reset()
  t.same((await refresh(first.refresh_token)).json().error_codes, [70000], 'a reset forgets them')
})

t.test('a refresh token holds for 90 days', async t => {
  let ahead = 0
  const { now: real } = Clock.prototype
  t.teardown(() => {
    Clock.prototype.now = real
  })
  Clock.prototype.now = function (this: Clock) {
    return real.call(this) + ahead
  }
  const emulator = await emulated(t, frozen)
  const { refresh_token } = (await token(emulator, { ...grant, scope: `${named} offline_access` })).json()
  const refresh = () => token(emulator, { grant_type: 'refresh_token', refresh_token })
  ahead = 90 * 86_400_000 - 1
  t.equal((await refresh()).statusCode, 200)
  ahead++
  t.match((await refresh()).json(), { error: 'invalid_grant', error_codes: [70008] })
})

t.test('userinfo says who it is, to users only', async t => {
  const emulator = await emulated(t, frozen)
  const { access_token, id_token } = (await token(emulator, { ...grant, scope: 'openid profile email' })).json()
  const url = `/${tenant}/openid/userinfo`
  const ask = (authorization?: string) =>
    emulator.inject({ url, headers: authorization === undefined ? {} : { authorization } })
  t.match((await ask(`Bearer ${access_token}`)).json(), {
    sub: decodeJwt(id_token).sub,
    name: 'alex',
    email: user.username
  })
  t.equal(decodeJwt(id_token).email, user.username)
  const { authorization } = await emulator.headers()
  for (const bad of [undefined, 'Bearer nonsense', `${authorization.slice(0, -9)}AAAAAAAAA`, authorization]) {
    const response = await ask(bad)
    t.equal(response.statusCode, 401)
    t.match(response.headers['www-authenticate'], /^Bearer/)
  }
})

t.test('the same calls give the same bytes', async t => {
  const run = async () => {
    const emulator = await emulated(t, frozen)
    return (await token(emulator, { ...grant, scope: `${named} offline_access openid` })).body
  }
  t.equal(await run(), await run())
})

t.test('metadata names what is there', async t => {
  const emulator = await emulated(t, frozen)
  const ask = async (url: string) => (await emulator.inject({ url, headers: { host } })).json()
  const document = await ask(`/${tenant}/v2.0/.well-known/openid-configuration`)
  for (const [name, value] of Object.entries(document)) {
    if (!name.endsWith('_endpoint')) continue
    const url = String(value).replace(`http://${host}`, '')
    for (const method of ['GET', 'POST']) {
      const response = await emulator.inject({ method, url, headers: { host } })
      t.not(response.statusCode, 404, `${method} ${name}`)
      t.ok(response.statusCode < 500, `${method} ${name}`)
    }
  }
  const { metadata } = await ask('/common/discovery/instance')
  t.match(metadata, [
    { aliases: [host] },
    { aliases: ['login.microsoftonline.com', 'login.windows.net'] },
    { preferred_network: 'login.microsoftonline.us' }
  ])
  const consumers = await emulator.inject({ url: '/consumers/v2.0/.well-known/openid-configuration' })
  t.same(consumers.json().error_codes, [90130])
})
