import { subtle } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import t from 'tap'
import { Clock } from '../../src/clock.js'
import { Directory, loadDirectory } from '../../src/entra/directory.js'
import { Ids } from '../../src/entra/ids.js'
import { type TokenSpec, Tokens } from '../../src/entra/tokens.js'
import { documentedDevice, emulated, everything, keys, nothing, resource, tenant } from '../emulator.js'

const bySoftware = '/api/Software/microsoft-_-edge/getmissingkbs'
const byDevice = `/api/machines/${documentedDevice}/getmissingkbs`
const frozen = { time: '2026-06-30T12:00:00Z', frozen: true }

/** The parts of a token signer and verifier, without HTTP around it. */
function tokensAt(time: () => number, mode: 'verify' | 'decode' = 'verify'): Tokens {
  const clock = new Clock({ time: '2026-06-30T12:00:00Z', frozen: true })
  clock.now = time
  const directory = new Directory({ strict: true }, loadDirectory())
  return new Tokens({ directory, keys, clock, ids: new Ids(1), mode, audiences: [] })
}

async function signed(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const { current } = await keys
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: current.kid, x5t: current.kid, ...header })
    .sign(current.privateKey)
}

t.test('every refusal has the body of the service, 401, and a reason', async t => {
  const emulator = await emulated(t, { ...frozen, strictTenants: true })
  const mint = async (spec: TokenSpec) => (await emulator.control.mint(spec)).access_token
  const { access_token: good, claims } = await emulator.control.mint()
  const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
  const [head, body, signature] = good.split('.') as [string, string, string]
  const changed = Buffer.from(JSON.stringify({ ...claims, roles: ['Everything'] })).toString('base64url')
  const missing = 'Missing or invalid Authorization header.'
  const payload = /^Invalid Authorization payload\. AppId: /

  for (const [name, authorization, message, reason] of [
    [
      'no header',
      undefined,
      missing,
      /^the Authorization header is missing: send "Authorization: Bearer <access token>"$/
    ],
    ['an empty header', '', missing, /is missing/],
    ['Basic', 'Basic abc', missing, /^not a bearer token: the scheme is "Basic"/],
    ['a bare token', good, missing, /^not a bearer token: there is a value without a scheme/],
    ['Bearer alone', 'Bearer', missing, /the bearer token is empty/],
    ['Bearer twice', `Bearer Bearer ${good}`, missing, /"Bearer" stands there twice/],
    [
      'a blank inside',
      `Bearer ${good.slice(0, 50)} ${good.slice(50)}`,
      missing,
      /there is a blank in the bearer token/
    ],
    ['not a JWT', 'Bearer abc', missing, /^not a JWT: it has 1 part between dots instead of three/],
    ['two parts', `Bearer ${head}.${body}`, missing, /^not a JWT: it has 2 parts/],
    ['not base64url', 'Bearer a.b.c', missing, /^not a JWT: its parts are not base64url of JSON/],
    ['far too long', `Bearer ${'a'.repeat(40_000)}`, missing, /has 40000 characters/],
    [
      'an unknown key',
      `Bearer ${await mint({ key: 'foreign' })}`,
      payload,
      /^unknown key [\w-]{27}, tokens of this emulator are signed by/
    ],
    ['no key named', `Bearer ${await signed(claims, { kid: undefined })}`, payload, /names no key/],
    ['a changed payload', `Bearer ${head}.${changed}.${signature}`, payload, /^the signature does not match/],
    ['a cut signature', `Bearer ${good.slice(0, -20)}`, payload, /^the signature does not match/],
    ['no signature', `Bearer ${head}.${body}.`, payload, /^the signature does not match|not a signed JWT/],
    [
      'alg none',
      `Bearer ${await mint({ alg: 'none' })}`,
      payload,
      /^wrong algorithm none: an unsigned token proves nothing/
    ],
    [
      'HS256 with the public key',
      `Bearer ${await mint({ alg: 'HS256' })}`,
      payload,
      /^wrong algorithm HS256: it would take our public key/
    ],
    ['expired', `Bearer ${await mint({ expiresIn: -60 })}`, payload, /^expired since 2026-06-30T11:59:00Z, 60 s ago/],
    [
      'not yet valid',
      `Bearer ${await mint({ notBefore: 600 })}`,
      payload,
      /^not valid before 2026-06-30T12:10:00Z, now is 2026-06-30T12:00:00\.000Z/
    ],
    [
      'another audience',
      `Bearer ${await mint({ audience: 'https://graph.microsoft.com' })}`,
      payload,
      /audience https:\/\/graph\.microsoft\.com is not in \[https:\/\/api\.securitycenter\.microsoft\.com, /
    ],
    [
      'another issuer',
      `Bearer ${await mint({ issuer: 'https://evil.example/' })}`,
      payload,
      new RegExp(`^issuer https://evil\\.example/ instead of https://sts\\.windows\\.net/${tenant}/$`)
    ],
    [
      'an unknown tenant',
      `Bearer ${await signed({ ...claims, tid: everything })}`,
      payload,
      /^tenant 00001111-\S+ is not known here, only aaaabbbb/
    ],
    ['no tenant', `Bearer ${await signed(without('tid'))}`, payload, /no tid claim/],
    ['a token of version 2.0', `Bearer ${await signed({ ...claims, ver: '2.0' })}`, payload, /of version 2\.0/],
    ['no exp', `Bearer ${await signed(without('exp'))}`, payload, /the token has no exp claim/],
    ['no nbf', `Bearer ${await signed(without('nbf'))}`, payload, /the token has no nbf claim/],
    ['no aud', `Bearer ${await signed(without('aud'))}`, payload, /the token has no aud claim/],
    ['no appid', `Bearer ${await signed(without('appid'))}`, payload, /the token has no appid claim/]
  ] as const) {
    const response = await emulator.inject({
      url: bySoftware,
      headers: authorization === undefined ? {} : { authorization }
    })
    t.equal(response.statusCode, 401, `${name}: ${response.body}`)
    t.equal(response.headers['www-authenticate'], 'Bearer', name)
    t.match(response.json(), { error: { code: 'Unauthorized', message, target: /^[0-9a-f-]{36}$/ } }, name)
    t.match(response.headers['x-emulator-reason'], reason, name)
    t.notMatch(response.body, signature, 'the token is not repeated')
  }
})

t.test('a wrong audience is described as the service describes it', async t => {
  const emulator = await emulated(t, frozen)
  const { access_token } = await emulator.control.mint({ audience: '00000002-0000-0000-c000-000000000000' })
  const { error } = (
    await emulator.inject({ url: bySoftware, headers: { authorization: `Bearer ${access_token}` } })
  ).json()
  t.equal(
    error.message,
    `Invalid Authorization payload. AppId: ${everything}, Audience: 00000002-0000-0000-c000-000000000000, ` +
      `Issuer: https://sts.windows.net/${tenant}/, Validity: valid from 2026-06-30T11:55:00Z to 2026-06-30T13:00:00Z`
  )
})

t.test('permissions', async t => {
  const observed = await emulated(t)
  const documented = await emulated(t, { profile: 'documented' })
  for (const [name, emulator, spec, url, status, message, reason] of [
    ['the role', observed, { roles: ['Software.Read.All'] }, bySoftware, 200],
    ['one of several', observed, { roles: ['Machine.Read.All', 'Software.Read.All'] }, bySoftware, 200],
    ['by device too', observed, { roles: ['Software.Read.All'] }, byDevice, 200],
    ['the scope', observed, { scopes: ['Software.Read'] }, bySoftware, 200],
    ['the scope by device (assumed)', observed, { scopes: ['Software.Read'] }, byDevice, 200],
    [
      'the scope by device, as documented',
      documented,
      { scopes: ['Software.Read'] },
      byDevice,
      403,
      'Missing scope permissions. API required scopes: , scopes: Software.Read.',
      /./
    ],
    ['the scope by software, as documented', documented, { scopes: ['Software.Read'] }, bySoftware, 200],
    [
      'another role',
      observed,
      { roles: ['Machine.Read.All'] },
      bySoftware,
      403,
      'Missing application roles. API required roles: Software.Read.All, application roles: Machine.Read.All.',
      /^needs Software\.Read\.All \(application\), or Software\.Read \(delegated\); the token has Machine\.Read\.All$/
    ],
    [
      'two other roles',
      observed,
      { roles: ['A.Read.All', 'B.Read.All'] },
      bySoftware,
      403,
      'Missing application roles. API required roles: Software.Read.All, application roles: A.Read.All,B.Read.All.',
      /./
    ],
    [
      'no role',
      observed,
      { clientId: nothing },
      bySoftware,
      403,
      'Missing application roles. API required roles: Software.Read.All, application roles: .',
      /the token has no permission at all/
    ],
    [
      'another scope',
      observed,
      { scopes: ['Machine.Read'] },
      bySoftware,
      403,
      'Missing scope permissions. API required scopes: Software.Read, scopes: Machine.Read.',
      /./
    ],
    [
      'the name of the role as a scope',
      observed,
      { scopes: ['Software.Read.All'] },
      bySoftware,
      403,
      /Missing scope permissions/,
      /./
    ],
    [
      'another letter case',
      observed,
      { roles: ['software.read.all'] },
      bySoftware,
      403,
      /Missing application roles/,
      /./
    ],
    ['either machine role', observed, { roles: ['Machine.ReadWrite.All'] }, '/api/machines', 200],
    [
      'machines without one',
      observed,
      { roles: ['Software.Read.All'] },
      '/api/machines',
      403,
      'Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, application roles: Software.Read.All.',
      /./
    ]
  ] as const) {
    const { access_token } = await emulator.control.mint(spec as TokenSpec)
    const response = await emulator.inject({ url, headers: { authorization: `Bearer ${access_token}` } })
    t.equal(response.statusCode, status, name)
    if (status === 200) continue
    t.match(response.json(), { error: { code: 'Forbidden', message } }, name)
    t.match(response.headers['x-emulator-reason'], reason, name)
  }
})

t.test('letters of the scheme do not matter, and --audience adds', async t => {
  const emulator = await emulated(t, { audience: ['api://mine/'] })
  for (const audience of ['api://mine', 'api://mine/', 'fc780465-2017-40d4-a0c5-307022471b92']) {
    const { access_token } = await emulator.control.mint({ audience })
    const response = await emulator.inject({ url: bySoftware, headers: { authorization: `bearer ${access_token}` } })
    t.equal(response.statusCode, 200, audience)
  }
})

t.test('a token seen before costs no RSA operation again', async t => {
  const tokens = tokensAt(() => Date.parse('2026-06-30T12:00:00Z'))
  const { access_token } = await tokens.mint()
  const verify = t.capture(subtle, 'verify', subtle.verify.bind(subtle))
  const header = `Bearer ${access_token}`
  const caller = await tokens.verify(header)
  t.match(caller, { appId: everything, tenant, kind: 'application' })
  const first = verify().length
  t.equal(first, 1, 'once')
  for (let i = 0; i < 100; i++) t.equal(tokens.verify(header), caller, 'at once, and the same')
  t.equal(verify().length, 0, 'never again')
})

t.test('what is remembered never outlives the token', async t => {
  let now = Date.parse('2026-06-30T12:00:00Z')
  const tokens = tokensAt(() => now)
  const { access_token, claims } = await tokens.mint()
  const header = `Bearer ${access_token}`
  await tokens.verify(header)
  now = Number(claims.exp) * 1000 - 1
  t.ok(tokens.verify(header), 'good to its last millisecond')
  now = Number(claims.exp) * 1000
  await t.rejects(async () => tokens.verify(header), { name: 'Unauthorized', reason: /expired since/ })
  now = Number(claims.nbf) * 1000 - 1000
  await t.rejects(
    async () => tokens.verify(header),
    { name: 'Unauthorized', reason: /not valid before/ },
    'nor precedes it'
  )
})

t.test('what is remembered is bounded, and the least used is forgotten', async t => {
  const tokens = tokensAt(() => Date.parse('2026-06-30T12:00:00Z'))
  const headers: string[] = []
  for (let i = 0; i < 1_100; i++) headers.push(`Bearer ${(await tokens.mint()).access_token}`)
  const kept = headers[0]!
  for (const header of headers) {
    await tokens.verify(header)
    tokens.verify(kept)
  }
  t.notOk(tokens.verify(kept) instanceof Promise, 'in use, so remembered')
  t.notOk(tokens.verify(headers.at(-1)) instanceof Promise, 'recent, so remembered')
  t.ok(tokens.verify(headers[1]) instanceof Promise, 'forgotten: verified again')
  tokens.reset()
  t.ok(tokens.verify(kept) instanceof Promise, 'a reset forgets all')
})

t.test('a token that was refused is not remembered', async t => {
  const tokens = tokensAt(() => Date.parse('2026-06-30T12:00:00Z'))
  const { access_token } = await tokens.mint({ expiresIn: -5 })
  for (let i = 0; i < 2; i++)
    await t.rejects(async () => tokens.verify(`Bearer ${access_token}`), { name: 'Unauthorized' })
})

t.test('--auth decode does not check signatures, and says so', async t => {
  const emulator = await emulated(t, { auth: 'decode' })
  const ask = async (spec: TokenSpec) => {
    const { access_token } = await emulator.control.mint(spec)
    return emulator.inject({ url: bySoftware, headers: { authorization: `Bearer ${access_token}` } })
  }
  t.equal((await ask({ key: 'foreign' })).statusCode, 200)
  t.equal((await ask({ alg: 'none' })).statusCode, 200)
  t.match((await ask({ expiresIn: -5 })).headers['x-emulator-reason'], /expired since/)
  t.match((await ask({ notBefore: 500 })).headers['x-emulator-reason'], /not valid before/)
  t.match((await ask({ audience: 'x' })).headers['x-emulator-reason'], /audience x is not in/)
  t.match((await ask({ issuer: 'x' })).headers['x-emulator-reason'], /issuer x instead/)
  t.equal((await ask({ roles: [] })).statusCode, 403)
  t.equal((await emulator.inject({ url: bySoftware })).statusCode, 401)
  t.match(emulator.notices, [/Signatures are NOT checked/])
})

t.test('--auth off asks for nothing, and says so', async t => {
  const emulator = await emulated(t, { auth: 'off' })
  t.equal((await emulator.inject({ url: bySoftware })).statusCode, 200)
  t.equal((await emulator.inject({ url: bySoftware, headers: { authorization: 'nonsense' } })).statusCode, 200)
  t.match(emulator.notices, [/Authorization is OFF/])
  t.same((await emulated(t)).notices, [], 'verify, the default, needs no warning')
})

t.test('what is minted', async t => {
  const emulator = await emulated(t, frozen)
  const now = Date.parse(frozen.time) / 1000
  t.match((await emulator.control.mint()).claims, { aud: resource, iat: now - 300, exp: now + 3600 })
  t.match((await emulator.control.mint({ expiresIn: 10 })).claims, { exp: now + 10, nbf: Number })
  t.match((await emulator.control.mint({ expiresIn: -10 })).claims, { exp: now - 10, nbf: now - 10 - 3900 })
  t.match((await emulator.control.mint({ notBefore: '2026-07-01T00:00:00Z' })).claims, {
    nbf: now + 43_200,
    exp: now + 43_200 + 3900
  })
  const { claims } = await emulator.control.mint({ user: 'alex@contoso.com' })
  t.match(claims, {
    upn: 'alex@contoso.com',
    unique_name: 'alex@contoso.com',
    scp: /Software\.Read/,
    acr: '1',
    amr: ['pwd']
  })
  t.notOk('roles' in claims)
  for (const [spec, message] of [
    [{ tenant: 'nowhere' }, /tenant nowhere is not in the directory/],
    [{ clientId: tenant }, /app aaaabbbb-\S+ is not in the directory/],
    [{ user: 'nobody@contoso.com' }, /user nobody@contoso\.com is not in the directory/],
    [{ notBefore: 'tomorrow' }, /notBefore "tomorrow" is not an ISO 8601 instant/]
  ] as [TokenSpec, RegExp][]) {
    await t.rejects(emulator.control.mint(spec), { name: 'TokenSpecError', message })
  }
})
