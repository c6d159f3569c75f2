import t from 'tap'
import { apiHosts, clouds, impersonatedHosts, placeOf } from '../src/clouds.js'
import { emulated, everything, form, resource, secret, tenant } from './emulator.js'

const gcc = 'api-gcc.securitycenter.microsoft.us'
const gov = 'api-gov.securitycenter.microsoft.us'
const commercial = 'login.microsoftonline.com'
const government = 'login.microsoftonline.us'

t.test('a Host header names a place, whatever its case, port or final dot', async t => {
  t.match(placeOf('API.securitycenter.microsoft.com:443'), { cloud: 'commercial', service: 'api' })
  t.match(placeOf('login.microsoftonline.us.'), { cloud: 'gcc-high', service: 'sign-in' })
  for (const own of [
    undefined,
    '',
    'localhost:6330',
    '127.0.0.1',
    'mde',
    'microsoft.com',
    'x.api.securitycenter.microsoft.com'
  ])
    t.equal(placeOf(own), undefined, String(own))
  for (const { apiHosts, signInHosts } of clouds) t.ok(apiHosts.length > 0 && signInHosts.length > 0)
})

t.test('under each name only what production has there', async t => {
  const emulator = await emulated(t, { machines: 20 })
  const authorized = await emulator.headers()
  const ask = (host: string, url: string) => emulator.inject({ url, headers: { ...authorized, host } })
  for (const host of apiHosts.filter(name => name !== gcc && name !== gov)) {
    const answer = await ask(host, '/api/Software')
    t.equal(answer.statusCode, 200, host)
    t.equal(answer.json()['@odata.context'], `http://${host}/api/$metadata#Software`)
    t.equal(answer.headers['strict-transport-security'], 'max-age=15724800; includeSubDomains')
  }
  t.notOk('strict-transport-security' in (await ask('localhost', '/api/Software')).headers, 'under real names only')
  for (const host of impersonatedHosts) {
    for (const url of [
      '/',
      '/_emulator/info',
      '/_EMULATOR/reset',
      '/docs',
      '/openapi.json',
      '/healthz',
      '/readyz',
      '/_emulator/ca.pem'
    ]) {
      t.equal((await ask(host, url)).statusCode, 404, `${host}${url}`)
    }
  }
  for (const [host, url, status] of [
    ['api.security.microsoft.com', `/${tenant}/discovery/v2.0/keys`, 404],
    ['api.security.microsoft.com', '/tvm-export/x', 404],
    [commercial, `/${tenant}/discovery/v2.0/keys`, 200],
    [commercial, '/api/Software', 404],
    [government, `/${tenant}/v2.0/.well-known/openid-configuration`, 200],
    ['tvmexportexternal.blob.core.windows.net', '/api/Software', 404],
    ['tvmexportexternal.blob.core.windows.net', '/tvm-export/x', 403]
  ] as const) {
    t.equal((await ask(host, url)).statusCode, status, `${host}${url}`)
  }
  const { issuer, token_endpoint } = (
    await emulator.inject({ url: `/${tenant}/v2.0/.well-known/openid-configuration`, headers: { host: commercial } })
  ).json()
  t.same(
    [issuer, token_endpoint],
    [`http://${commercial}/${tenant}/v2.0`, `http://${commercial}/${tenant}/oauth2/v2.0/token`]
  )
})

t.test("each cloud's refusals", async t => {
  const emulator = await emulated(t, { machines: 20 })
  const token = async (signIn: string, audience: string) => {
    const answer = await emulator.inject({
      method: 'POST',
      url: `/${tenant}/oauth2/v2.0/token`,
      headers: { host: signIn },
      payload: form({
        grant_type: 'client_credentials',
        client_id: everything,
        client_secret: secret,
        scope: `${audience}/.default`
      })
    })
    return answer.json() as { access_token?: string; error_codes?: number[] }
  }
  const call = async (host: string, signIn: string, audience: string) => {
    const { access_token } = await token(signIn, audience)
    return emulator.inject({ url: '/api/Software', headers: { host, authorization: `Bearer ${access_token}` } })
  }
  for (const [host, signIn, audience, status] of [
    ['api.security.microsoft.com', commercial, resource, 200],
    ['api-eu.securitycenter.microsoft.com', commercial, 'https://api-us.securitycenter.microsoft.com', 200],
    ['api.security.microsoft.com', commercial, 'https://securitycenter.onmicrosoft.com/windowsatpservice', 200],
    ['api.security.microsoft.com', commercial, `https://${gcc}`, 401],
    ['api.security.microsoft.com', government, `https://${gov}`, 401],
    [gcc, commercial, `https://${gcc}`, 200],
    [gcc, commercial, resource, 401],
    [gcc, commercial, 'https://securitycenter.onmicrosoft.com/windowsatpservice', 401],
    [gov, government, `https://${gov}`, 200],
    [gov, 'localhost', `https://${gov}`, 401],
    [gov, commercial, resource, 401],
    ['localhost', government, `https://${gov}`, 200],
    ['localhost', commercial, `https://${gcc}`, 200]
  ] as const) {
    const answer = await call(host, signIn, audience)
    t.equal(answer.statusCode, status, `${audience} of ${signIn} at ${host}`)
    if (status === 401) t.match(answer.headers['x-emulator-reason'], /cloud|login\.microsoftonline\.us/)
  }
  for (const [signIn, audience] of [
    [commercial, `https://${gov}`],
    ['login.windows.net', `https://${gov}`],
    [government, resource],
    [government, `https://${gcc}`]
  ] as const) {
    t.same((await token(signIn, audience)).error_codes, [500011], `${signIn} does not know ${audience}`)
  }
})

t.test('files of an export live under their own name', async t => {
  const emulator = await emulated(t, { machines: 20 })
  const host = 'api.security.microsoft.com'
  const answer = await emulator.inject({
    url: '/api/machines/SoftwareInventoryExport',
    headers: { ...(await emulator.headers()), host }
  })
  const [file] = answer.json().exportFiles.map((address: string) => new URL(address))
  t.equal(file.origin, 'https://tvmexportexternal.blob.core.windows.net')
  t.equal((await emulator.inject({ url: file.pathname + file.search, headers: { host: file.host } })).statusCode, 200)
})

t.test('a public address is for own names; who asks by a real name is answered by it', async t => {
  const emulator = await emulated(t, { machines: 20, publicUrl: 'https://mde.example.test/sandbox' })
  const context = async (host: string) =>
    (await emulator.inject({ url: '/api/Software', headers: { ...(await emulator.headers()), host } })).json()[
      '@odata.context'
    ]
  t.equal(await context('localhost'), 'https://mde.example.test/sandbox/api/$metadata#Software')
  t.equal(await context('api.security.microsoft.com'), 'http://api.security.microsoft.com/api/$metadata#Software')
})
