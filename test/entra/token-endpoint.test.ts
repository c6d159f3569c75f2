import { decodeJwt, decodeProtectedHeader } from 'jose'
import t, { type Test } from 'tap'
import { acceptedAudiences } from '../../src/entra/audiences.js'
import type { Emulator } from '../../src/index.js'
import { emulated, everything, form, nothing, resource, secret, softwareOnly, tenant } from '../emulator.js'

const v1 = `/${tenant}/oauth2/token`
const v2 = `/${tenant}/oauth2/v2.0/token`
const scope = `${resource}/.default`
const grant_type = 'client_credentials'
const good = { grant_type, client_id: everything, client_secret: secret, scope }
const goodV1 = { grant_type, client_id: everything, client_secret: secret, resource }
const urlencoded = 'application/x-www-form-urlencoded'

function post(emulator: Emulator, url: string, payload: string, headers: Record<string, string> = {}) {
  return emulator.inject({ method: 'POST', url, payload, headers: { 'content-type': urlencoded, ...headers } })
}
const basic = (id: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`
})

t.test('what clients send is answered with a token (client-traffic)', async t => {
  const emulator = await emulated(t)
  const ask = async (name: string, url: string, payload: string, headers?: Record<string, string>) => {
    const response = await post(emulator, url, payload, headers)
    t.equal(response.statusCode, 200, `${name}: ${response.body.slice(0, 200)}`)
    t.ok(response.json().access_token, name)
    return response
  }
  for (const audience of acceptedAudiences()) {
    if (audience.endsWith('/')) continue
    await ask(`v2, ${audience}`, v2, form({ ...good, scope: `${audience}/.default` }))
  }
  for (const audience of acceptedAudiences()) await ask(`v1, ${audience}`, v1, form({ ...goodV1, resource: audience }))
  await ask('v1 with api-version', `${v1}?api-version=1.0`, form(goodV1))
  await ask('doubled slashes', `//${tenant}/oauth2//v2.0/token`, form(good))
  await ask('trailing slash', `${v2}/`, form(good))
  await ask('another letter case', `/${tenant.toUpperCase()}/OAuth2/V2.0/Token`, form(good))
  await ask('the tenant by its domain', '/contoso.onmicrosoft.com/oauth2/v2.0/token', form(good))
  await ask(
    'extra parameters',
    `${v2}?client-request-id=${tenant}`,
    form({
      ...good,
      redirectUri: 'https://localhost',
      client_info: '1',
      claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
      'x-client-SKU': 'msal.js.node',
      'x-client-VER': '3.0.0',
      'x-client-OS': 'linux',
      'x-client-CPU': 'x64',
      'x-ms-lib-capability': 'retry-after, h429',
      'x-client-current-telemetry': '5|771,2,,,|,',
      'client-request-id': tenant
    })
  )
  for (const type of [
    `${urlencoded};charset=utf-8`,
    `${urlencoded};charset=UTF-8`,
    `${urlencoded}; charset=utf-8`,
    'text/plain',
    '',
    'form'
  ]) {
    await ask(`Content-Type "${type}"`, v2, form(good), { 'content-type': type })
  }
  const bare = await emulator.inject({ method: 'POST', url: v2, payload: Buffer.from(form(good)) as unknown as string })
  t.equal(bare.statusCode, 200, 'no Content-Type at all')
  const { client_id: _id, client_secret: _secret, ...rest } = good
  await ask('HTTP Basic, raw', v2, form(rest), basic(everything, secret))
  await ask('HTTP Basic, form-encoded', v2, form(rest), basic(everything, encodeURIComponent(secret)))
  await ask(
    'HTTP Basic beside client_id in the form',
    v2,
    form({ ...rest, client_id: everything }),
    basic(everything, secret)
  )
  await ask('a parameter twice, the same', v2, `${form(good)}&scope=${encodeURIComponent(scope)}`)
  await ask('ids in capitals', v2, form({ ...good, client_id: everything.toUpperCase() }))
})

t.test('answers: the numbers of v1 are strings, those of v2 numbers', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true })
  const now = Date.parse('2026-06-30T12:00:00Z') / 1000
  const second = await post(emulator, v2, form(good))
  t.same(Object.keys(second.json()), ['token_type', 'expires_in', 'ext_expires_in', 'access_token'])
  t.match(second.json(), { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 })
  t.equal(second.headers['content-type'], 'application/json; charset=utf-8')
  t.match(second.headers['cache-control'], 'no-store')
  const first = await post(emulator, v1, form({ ...goodV1, resource: `${resource}/` }))
  t.match(first.json(), {
    token_type: 'Bearer',
    expires_in: '3599',
    ext_expires_in: '3599',
    expires_on: String(now + 3600),
    not_before: String(now - 300),
    resource: `${resource}/`
  })
})

t.test('tokens are of version 1.0 from both endpoints, with every claim', async t => {
  const emulator = await emulated(t, { time: '2026-06-30T12:00:00Z', frozen: true })
  for (const [url, payload] of [
    [v1, form(goodV1)],
    [v2, form(good)]
  ] as const) {
    const { access_token } = (await post(emulator, url, payload)).json()
    const header = decodeProtectedHeader(access_token)
    t.match(header, { typ: 'JWT', alg: 'RS256', kid: /^[\w-]{27}$/ })
    t.equal(header.x5t, header.kid)
    const claims = decodeJwt(access_token)
    t.same(
      Object.keys(claims),
      'aud iss iat nbf exp aio app_displayname appid appidacr idp oid rh roles sub tenant_region_scope tid uti ver'.split(
        ' '
      )
    )
    t.match(claims, {
      aud: resource,
      iss: `https://sts.windows.net/${tenant}/`,
      appid: everything,
      appidacr: '1',
      idp: `https://sts.windows.net/${tenant}/`,
      tid: tenant,
      ver: '1.0',
      tenant_region_scope: 'NA'
    })
    t.equal(claims.exp! - claims.iat!, 3900)
    t.equal(claims.nbf, claims.iat)
    t.equal(claims.sub, claims.oid)
    t.ok((claims.roles as string[]).includes('Software.Read.All'))
  }
  const few = decodeJwt((await post(emulator, v2, form({ ...good, client_id: softwareOnly }))).json().access_token)
  t.same(few.roles, ['Software.Read.All'])
  const none = decodeJwt((await post(emulator, v2, form({ ...good, client_id: nothing }))).json().access_token)
  t.notOk('roles' in none, 'an app without permissions has no roles claim')
  t.not(none.oid, few.oid)
})

t.test('secrets hold whatever a form can carry', async t => {
  const clientId = '33334444-dddd-5555-eeee-6666ffff7777'
  for (const own of [
    'a+b/c&d%e=f:g~h',
    '%41%2B',
    'ends with %',
    ' leading',
    'ünïcödé',
    'quote\'"',
    '100%zz+',
    'p@ss:word'
  ]) {
    const emulator = await emulated(t, { machines: 0, fixtures: { apps: [{ clientId, secrets: [own], roles: [] }] } })
    const rest = { grant_type, scope }
    t.equal(
      (await post(emulator, v2, form({ ...rest, client_id: clientId, client_secret: own }))).statusCode,
      200,
      `form: ${own}`
    )
    t.equal((await post(emulator, v2, form(rest), basic(clientId, own))).statusCode, 200, `Basic raw: ${own}`)
    const encoded = new URLSearchParams({ x: own }).toString().slice(2)
    t.equal((await post(emulator, v2, form(rest), basic(clientId, encoded))).statusCode, 200, `Basic encoded: ${own}`)
  }
})

t.test('the table of AADSTS errors', async t => {
  const emulator = await emulated(t, { strictTenants: true })
  const { client_secret: _, ...secretless } = good
  const { client_id: __, ...nameless } = good
  const { scope: ___, ...scopeless } = good
  const { resource: ____, ...resourceless } = goodV1
  for (const [name, url, payload, status, code, error, description, reason] of [
    [
      'wrong secret',
      v2,
      form({ ...good, client_secret: 'x' }),
      401,
      7000215,
      'invalid_client',
      /^AADSTS7000215: Invalid client secret provided\. Ensure/,
      /has another secret/
    ],
    [
      'a secret id',
      v2,
      form({ ...good, client_secret: tenant }),
      401,
      7000215,
      'invalid_client',
      /./,
      /looks like the id of a secret/
    ],
    [
      'a + that was not encoded',
      v2,
      form({ ...good, client_secret: 'a b' }),
      401,
      7000215,
      'invalid_client',
      /./,
      /%2B/
    ],
    [
      'no secret',
      v2,
      form(secretless),
      401,
      7000216,
      'invalid_client',
      /^AADSTS7000216: 'client_assertion', 'client_secret'/,
      /client_secret is missing/
    ],
    [
      'unknown app',
      v2,
      form({ ...good, client_id: tenant }),
      400,
      700016,
      'unauthorized_client',
      new RegExp(`^AADSTS700016: Application with identifier '${tenant}' was not found in the directory 'Contoso'`),
      /is not in the directory/
    ],
    [
      'unknown tenant',
      '/99999999-0000-0000-0000-000000000000/oauth2/v2.0/token',
      form(good),
      400,
      90002,
      'invalid_request',
      /^AADSTS90002: Tenant '99999999-0000-0000-0000-000000000000' not found\./,
      new RegExp(tenant)
    ],
    [
      'common',
      '/common/oauth2/v2.0/token',
      form(good),
      400,
      50059,
      'invalid_request',
      /^AADSTS50059/,
      /an app signs in to one tenant/
    ],
    [
      'no grant type',
      v2,
      form({ client_id: everything }),
      400,
      900144,
      'invalid_request',
      /^AADSTS900144: The request body must contain the following parameter: 'grant_type'\./,
      /missing from the form/
    ],
    ['an empty body', v2, '', 400, 900144, 'invalid_request', /'grant_type'/, /missing/],
    [
      'another grant',
      v2,
      form({ ...good, grant_type: 'implicit' }),
      400,
      70003,
      'unsupported_grant_type',
      /^AADSTS70003: .*'implicit'/,
      /only client_credentials, password, authorization_code, refresh_token, urn:/
    ],
    ['no client id', v2, form(nameless), 400, 900144, 'invalid_request', /'client_id'/, /client_id is missing/],
    ['v2 without scope', v2, form(scopeless), 400, 900144, 'invalid_request', /'scope'/, /scope/],
    [
      'v1 without resource',
      v1,
      form(resourceless),
      400,
      900144,
      'invalid_request',
      /'resource'/,
      /resource is missing/
    ],
    [
      'a scope without .default',
      v2,
      form({ ...good, scope: `${resource}/Software.Read.All` }),
      400,
      1002012,
      'invalid_scope',
      /^AADSTS1002012: The provided value for scope .* is not valid\./,
      /\.default/
    ],
    [
      'two scopes',
      v2,
      form({ ...good, scope: `${scope} openid` }),
      400,
      1002012,
      'invalid_scope',
      /^AADSTS1002012/,
      /want exactly one/
    ],
    [
      'no resource before .default',
      v2,
      form({ ...good, scope: '/.default' }),
      400,
      70011,
      'invalid_scope',
      /^AADSTS70011: The provided value for the input parameter 'scope' is not valid\./,
      /there is no resource/
    ],
    [
      'unknown resource',
      v2,
      form({ ...good, scope: 'https://graph.microsoft.com/.default' }),
      400,
      500011,
      'invalid_resource',
      /^AADSTS500011: The resource principal named https:\/\/graph\.microsoft\.com was not found in the tenant named Contoso/,
      /--audience adds/
    ],
    ['scope twice, different', v2, `${form(good)}&scope=x`, 400, 90100, 'invalid_request', /^AADSTS90100/, /twice/]
  ] as const) {
    const response = await post(emulator, url, payload)
    const body = response.json()
    t.equal(response.statusCode, status, `${name}: ${response.body}`)
    t.same(
      Object.keys(body),
      'error error_description error_codes timestamp trace_id correlation_id error_uri'.split(' '),
      name
    )
    t.equal(body.error, error, name)
    t.same(body.error_codes, [code], name)
    t.match(body.error_description, description, name)
    t.match(
      body.error_description,
      new RegExp(` Trace ID: ${body.trace_id} Correlation ID: ${body.correlation_id} Timestamp: ${body.timestamp}$`),
      name
    )
    t.match(body.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
    t.equal(body.error_uri, `https://login.microsoftonline.com/error?code=${body.error_codes[0]}`)
    t.match(response.headers['x-emulator-reason'], reason, name)
  }
})

t.test('a JSON body, another method and another secret are explained', async t => {
  const emulator = await emulated(t, {
    fixtures: { apps: [{ clientId: tenant, secrets: ['theirs'], roles: [] }] }
  })
  const json = await post(emulator, v2, JSON.stringify(good), { 'content-type': 'application/json' })
  t.match(json.headers['x-emulator-reason'], /the body is JSON/)
  t.equal(json.json().error_codes[0], 900144)
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await emulator.inject({ method, url: v2 })
    t.equal(response.statusCode, 405, method)
    t.equal(response.headers.allow, 'POST')
    t.same(response.json().error_codes, [900561])
  }
  const mixed = await post(emulator, v2, form({ ...good, client_secret: 'theirs' }))
  t.match(mixed.headers['x-emulator-reason'], new RegExp(`this is a secret of app ${tenant}`))
  t.notMatch(mixed.body + JSON.stringify(mixed.headers), 'theirs', 'and the secret is not repeated')
  const large = await post(emulator, v2, 'x'.repeat(70_000))
  t.equal(large.statusCode, 413)
  t.match(large.json(), { error: 'invalid_request' })
})

t.test('the client may name the correlation id', async t => {
  const emulator = await emulated(t)
  const id = '12345678-1234-1234-1234-123456789abc'
  const inForm = await post(emulator, v2, form({ ...good, client_secret: 'x', 'client-request-id': id }))
  t.equal(inForm.json().correlation_id, id)
  const inHeader = await post(emulator, v2, form({ ...good, client_secret: 'x' }), { 'client-request-id': id })
  t.equal(inHeader.json().correlation_id, id)
  const nonsense = await post(emulator, v2, form({ ...good, client_secret: 'x' }), { 'client-request-id': '<script>' })
  t.match(nonsense.json().correlation_id, /^[0-9a-f-]{36}$/)
})

t.test('metadata is built from the address that was asked for', async t => {
  const emulator = await emulated(t)
  const read = async (url: string, host: string) => (await emulator.inject({ url, headers: { host } })).json()
  for (const host of ['localhost:6330', 'mde.example.test', '[::1]:6330']) {
    const base = `http://${host}`
    t.match(await read(`/${tenant}/v2.0/.well-known/openid-configuration`, host), {
      issuer: `${base}/${tenant}/v2.0`,
      token_endpoint: `${base}/${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256']
    })
    t.match(await read(`/${tenant}/.well-known/openid-configuration?x-client-SKU=x`, host), {
      issuer: `https://sts.windows.net/${tenant}/`,
      token_endpoint: `${base}/${tenant}/oauth2/token`,
      jwks_uri: `${base}/${tenant}/discovery/keys`
    })
  }
  t.match(await read('/common/v2.0/.well-known/openid-configuration', 'h'), { issuer: 'http://h/{tenantid}/v2.0' })
  t.match(await read('/nowhere/v2.0/.well-known/openid-configuration', 'h'), { error_codes: [90002] })
  const asked = encodeURIComponent(`https://h/${tenant}/oauth2/v2.0/authorize`)
  t.match(await read(`/common/discovery/instance?api-version=1.1&authorization_endpoint=${asked}`, 'h'), {
    tenant_discovery_endpoint: `http://h/${tenant}/v2.0/.well-known/openid-configuration`,
    metadata: [{ preferred_network: 'h', aliases: ['h'] }]
  })
})

t.test('the keys verify the tokens, and show no private part', async t => {
  const emulator = await emulated(t)
  const { access_token } = (await post(emulator, v2, form(good))).json()
  for (const url of [`/${tenant}/discovery/v2.0/keys`, `/${tenant}/discovery/keys`, '/common/discovery/keys']) {
    const { keys } = (await emulator.inject({ url })).json()
    t.same(Object.keys(keys[0]).sort(), ['e', 'kid', 'kty', 'n', 'use', 'x5t'], url)
    await verifies(t, access_token, { keys })
  }
})

async function verifies(t: Test, token: string, jwks: { keys: never[] }): Promise<void> {
  const { createLocalJWKSet, jwtVerify } = await import('jose')
  const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), { audience: resource })
  t.equal(payload.appid, everything)
}
