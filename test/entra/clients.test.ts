import {
  ConfidentialClientApplication,
  type Configuration,
  CryptoProvider,
  type INetworkModule,
  type NetworkRequestOptions,
  PublicClientApplication
} from '@azure/msal-node'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import t from 'tap'
import type { Emulator } from '../../src/index.js'
import { emulated, everything, resource, secret, tenant } from '../emulator.js'
import { certificate } from './certificate.js'
import { flowOf, named, paramsIn, user } from './sign-in.js'

const clientId = '33334444-dddd-5555-eeee-6666ffff7777'
const real = 'https://login.microsoftonline.com'
const own = certificate()
const settings = {
  machines: 0,
  // MSAL takes https only: what it would send to the real host goes to the emulator, without a socket.
  trustProxy: true,
  fixtures: { apps: [{ clientId, certificates: [own.pem], roles: ['Software.Read.All'] }] }
}
const redirectUri = 'http://localhost:8400/back'

/** The network, as MSAL sees it. Every address that it asks for is kept. */
function network(emulator: Emulator, asked: string[] = []): INetworkModule {
  const send = async (method: string, address: string, options?: NetworkRequestOptions) => {
    const { host, pathname, search } = new URL(address)
    asked.push(address)
    const response = await emulator.inject({
      method,
      url: pathname + search,
      headers: { ...options?.headers, host, 'x-forwarded-proto': 'https' },
      ...(options?.body !== undefined && { payload: options.body })
    })
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
    return { headers, body: response.json(), status: response.statusCode }
  }
  return {
    sendGetRequestAsync: (address, options) => send('GET', address, options) as never,
    sendPostRequestAsync: (address, options) => send('POST', address, options) as never
  }
}

function configuration(emulator: Emulator, auth: Partial<Configuration['auth']> = {}, asked?: string[]): Configuration {
  return {
    auth: { clientId: everything, authority: `${real}/${tenant}`, ...auth },
    system: { networkClient: network(emulator, asked) }
  }
}

/** What a user does in the browser; answers where the browser ends. */
async function browse(emulator: Emulator, address: string, headers: Record<string, string>) {
  const { pathname, search } = new URL(address)
  const page = await emulator.inject({ url: pathname + search, headers })
  if (page.statusCode !== 200) throw new Error(page.body)
  const response = await emulator.inject({
    method: 'POST',
    url: /action="([^"]+)"/.exec(page.body)![1]!,
    payload: new URLSearchParams({ flow: flowOf(page), user: user.username, decision: 'accept' }).toString(),
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
  })
  return { location: String(response.headers.location), params: paramsIn(response) }
}

const https = { host: 'login.microsoftonline.com', 'x-forwarded-proto': 'https' }

t.test('MSAL: an app with secret or certificate', async t => {
  const emulator = await emulated(t, settings)
  const privateKey = own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const [name, auth, appidacr] of [
    ['secret', { clientSecret: secret }, '1'],
    ['certificate', { clientId, clientCertificate: { privateKey, thumbprintSha256: own.hexS256, x5c: own.pem } }, '2']
  ] as const) {
    const asked: string[] = []
    const app = new ConfidentialClientApplication(configuration(emulator, auth, asked))
    const result = await app.acquireTokenByClientCredential({ scopes: [`${resource}/.default`] })
    t.match(decodeJwt(result!.accessToken), { appidacr, aud: resource }, name)
    t.ok(
      asked.every(address => address.startsWith(`${real}/`)),
      name
    )
  }
})

t.test('MSAL: device code, then silently', async t => {
  const emulator = await emulated(t, settings)
  const app = new PublicClientApplication(configuration(emulator))
  const result = await app.acquireTokenByDeviceCode({
    scopes: [named],
    deviceCodeCallback: ({ userCode, verificationUri, message }) => {
      t.equal(verificationUri, `${real}/common/oauth2/deviceauth`)
      t.match(message, userCode)
      emulator.control.approveDevice(userCode)
    }
  })
  t.match(decodeJwt(result!.accessToken), { scp: 'Software.Read', upn: user.username })
  t.equal(result!.account!.username, user.username)
  const again = await app.acquireTokenSilent({ account: result!.account!, scopes: [named] })
  t.equal(again.accessToken, result!.accessToken, 'from the cache')
  const fresh = await app.acquireTokenSilent({ account: result!.account!, scopes: [named], forceRefresh: true })
  t.not(fresh.accessToken, result!.accessToken, 'by the refresh token')
  const more = await app.acquireTokenSilent({ account: result!.account!, scopes: [`${resource}/Machine.Read`] })
  t.match(decodeJwt(more.accessToken), { scp: 'Machine.Read' })
})

t.test('MSAL: a device that is declined', async t => {
  const emulator = await emulated(t, settings)
  const app = new PublicClientApplication(configuration(emulator))
  await t.rejects(
    app.acquireTokenByDeviceCode({
      scopes: [named],
      deviceCodeCallback: ({ userCode }) => emulator.control.declineDevice(userCode)
    }),
    { message: /authorization_declined/ }
  )
})

t.test('MSAL: authorization code with PKCE, at a tenant and at /organizations', async t => {
  const emulator = await emulated(t, settings)
  for (const authority of [`${real}/${tenant}`, `${real}/organizations`, `${real}/common`]) {
    const app = new PublicClientApplication(configuration(emulator, { authority }))
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
    const request = { scopes: [`${resource}/.default`], redirectUri }
    const address = await app.getAuthCodeUrl({
      ...request,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      state: 'mine',
      nonce: 'once'
    })
    const { params } = await browse(emulator, address, https)
    t.equal(params.state, 'mine')
    const result = await app.acquireTokenByCode(
      { ...request, state: 'mine', nonce: 'once', code: params.code!, codeVerifier: verifier },
      { code: params.code!, state: params.state! }
    )
    t.match(decodeJwt(result.accessToken), { scp: /Software\.Read/, tid: tenant }, authority)
    t.match(result.account, { username: user.username, tenantId: tenant })
    const fresh = await app.acquireTokenSilent({ scopes: request.scopes, account: result.account!, forceRefresh: true })
    t.ok(fresh.accessToken)
  }
})

t.test('MSAL: user name and password', async t => {
  const emulator = await emulated(t, settings)
  const app = new PublicClientApplication(configuration(emulator))
  const result = await app.acquireTokenByUsernamePassword({ scopes: [named], ...user })
  t.match(decodeJwt(result!.accessToken), { scp: 'Software.Read' })
  await t.rejects(app.acquireTokenByUsernamePassword({ scopes: [named], ...user, password: 'x' }), {
    errorCode: 'invalid_grant',
    message: /AADSTS50126/
  })
  await t.rejects(app.acquireTokenByUsernamePassword({ scopes: [`${resource}/Machine.Isolate`], ...user }), {
    message: /AADSTS65001/
  })
})

t.test('openid-client, over a socket', async t => {
  const emulator = await emulated(t, settings)
  const url = await emulator.listen({ port: 0 })
  const { host } = new URL(url)
  const server = new URL(`${url}/${tenant}/v2.0`)
  const discover = (id: string, auth: oidc.ClientAuth) =>
    oidc.discovery(server, id, undefined, auth, {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
    })

  const app = await discover(everything, oidc.ClientSecretPost(secret))
  const byBasic = await discover(everything, oidc.ClientSecretBasic(secret))
  const key = await crypto.subtle.importKey(
    'pkcs8',
    own.privateKey.export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign']
  )
  const byKey = await discover(clientId, oidc.PrivateKeyJwt({ key, kid: own.x5t }))
  for (const client of [app, byBasic, byKey]) {
    const { access_token } = await oidc.clientCredentialsGrant(client, { scope: `${resource}/.default` })
    t.match(decodeJwt(access_token), { aud: resource })
  }

  const verifier = oidc.randomPKCECodeVerifier()
  const address = oidc.buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope: `openid profile email offline_access ${named}`,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 'mine',
    nonce: 'once'
  })
  const { location } = await browse(emulator, address.href, { host })
  const tokens = await oidc.authorizationCodeGrant(app, new URL(location), {
    pkceCodeVerifier: verifier,
    expectedState: 'mine',
    expectedNonce: 'once'
  })
  t.match(decodeJwt(tokens.access_token), { scp: 'Software.Read', appidacr: '1' })
  const { sub, preferred_username: name } = tokens.claims()!
  t.equal(name, user.username)
  const refreshed = await oidc.refreshTokenGrant(app, tokens.refresh_token!)
  t.match(refreshed, { access_token: String, id_token: String })
  t.match(await oidc.fetchUserInfo(app, tokens.access_token, sub), { email: user.username })

  const device = await oidc.initiateDeviceAuthorization(app, { scope: `openid ${named}` })
  t.equal(device.verification_uri, `${url}/common/oauth2/deviceauth`)
  emulator.control.approveDevice(device.user_code)
  const onDevice = await oidc.pollDeviceAuthorizationGrant(app, { ...device, interval: 0.01 })
  t.match(decodeJwt(onDevice.access_token), { scp: 'Software.Read' })
  t.match(
    oidc.buildEndSessionUrl(app, { post_logout_redirect_uri: redirectUri }).href,
    `${url}/${tenant}/oauth2/v2.0/logout?`
  )
})
