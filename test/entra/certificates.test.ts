import { decodeJwt, exportJWK, SignJWT } from 'jose'
import t from 'tap'
import { emulated, everything, resource, secret, tenant } from '../emulator.js'
import { certificate } from './certificate.js'
import { host, post } from './sign-in.js'

const clientId = '33334444-dddd-5555-eeee-6666ffff7777'
const own = certificate()
const second = certificate()
const ended = certificate({ to: '20210101000000Z' })
const stranger = certificate()
const now = Date.parse('2026-06-30T12:00:00Z') / 1000
const frozen = { time: '2026-06-30T12:00:00Z', frozen: true, machines: 0 }
const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const v2 = `/${tenant}/oauth2/v2.0/token`
const aud = `http://${host}${v2}`

interface Made {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  by?: typeof own
}

function assertion({ header = {}, claims = {}, by = own }: Made = {}): Promise<string> {
  const payload = { aud, iss: clientId, sub: clientId, jti: 'once', nbf: now, iat: now, exp: now + 600, ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', x5t: own.x5t, ...header })
    .sign(by.privateKey)
}

const fixtures = {
  apps: [
    {
      clientId,
      certificates: [own.pem, second.publicKey.export({ type: 'spki', format: 'pem' }).toString(), ended.pem],
      roles: ['Software.Read.All']
    }
  ]
}

t.test('an app signs in with its certificate, however it names it', async t => {
  const emulator = await emulated(t, { ...frozen, fixtures })
  const grant = { grant_type: 'client_credentials', client_assertion_type, scope: `${resource}/.default` }
  for (const [name, made, url, more] of [
    ['x5t', {}, v2, {}],
    ['x5t#S256 and PS256, as MSAL', { header: { alg: 'PS256', x5t: undefined, 'x5t#S256': own.x5tS256 } }, v2, {}],
    ['kid, the thumbprint in hexadecimal', { header: { x5t: undefined, kid: own.hex } }, v2, {}],
    ['kid, base64url', { header: { x5t: undefined, kid: own.x5t } }, v2, {}],
    ['without client_id', {}, v2, { client_id: '' }],
    ['v1', {}, `/${tenant}/oauth2/token`, { resource }],
    ['aud: v1', { claims: { aud: `http://${host}/${tenant}/oauth2/token` } }, v2, {}],
    [
      'aud: the real host',
      { claims: { aud: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token` } },
      v2,
      {}
    ],
    ['aud: another real host', { claims: { aud: `https://login.windows.net/${tenant}/oauth2/token` } }, v2, {}],
    ['aud: the issuer', { claims: { aud: `https://login.microsoftonline.com/${tenant}/v2.0` } }, v2, {}],
    [
      'aud: the domain',
      { claims: { aud: 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/token' } },
      v2,
      {}
    ],
    ['aud: common', { claims: { aud: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' } }, v2, {}],
    ['aud: several', { claims: { aud: ['x', aud] } }, v2, {}],
    ['no nbf', { claims: { nbf: undefined } }, v2, {}],
    ['a clock four minutes behind', { claims: { nbf: now + 240, exp: now + 900 } }, v2, {}],
    ['ended four minutes ago', { claims: { exp: now - 240 } }, v2, {}],
    ['ids in capitals', { claims: { iss: clientId.toUpperCase(), sub: clientId.toUpperCase() } }, v2, {}]
  ] as [string, Made, string, Record<string, string>][]) {
    const fields = { ...grant, client_id: clientId, client_assertion: await assertion(made), ...more }
    const response = await post(emulator, url, fields)
    t.equal(response.statusCode, 200, `${name}: ${response.body}`)
    t.match(decodeJwt(response.json().access_token), { appid: clientId, appidacr: '2', roles: ['Software.Read.All'] })
    t.equal((await post(emulator, url, fields)).statusCode, 200, `${name}, again: jti is not checked`)
  }
})

t.test('refused assertions', async t => {
  const emulator = await emulated(t, { ...frozen, fixtures })
  const good = { grant_type: 'client_credentials', client_id: clientId, scope: `${resource}/.default` }
  const signed = await assertion()
  for (const [name, fields, status, code, reason] of [
    ['none at all', {}, 401, 7000216, /client_secret is missing.* client_assertion/],
    ['without its type', { client_assertion: signed }, 400, 900144, /client_assertion_type is missing/],
    ['the type alone', { client_assertion_type }, 400, 900144, /client_assertion is missing/],
    ['another type', { client_assertion: signed, client_assertion_type: 'saml2' }, 400, 90100, /must be urn:/],
    ['no JWT', { client_assertion: 'nonsense' }, 400, 50027, /not a JWT/],
    ['an unknown key', { header: { x5t: stranger.x5t }, by: stranger }, 401, 700027, /has other certificates/],
    ['a strange signature', { by: stranger }, 401, 700027, /not of the key/],
    ['changed', { client_assertion: `${signed.slice(0, -8)}AAAAAAAA` }, 401, 700027, /not of the key/],
    ['an ended certificate', { header: { x5t: ended.x5t }, by: ended }, 401, 700027, /ended at 2021-01-01/],
    ['no key named', { header: { x5t: undefined } }, 400, 50027, /names no key/],
    ['RS512', { header: { alg: 'RS512' } }, 400, 50027, /RS256 and PS256/],
    ['expired', { claims: { exp: now - 301 } }, 401, 700024, /ended 301 s ago/],
    ['too early', { claims: { nbf: now + 400, exp: now + 900 } }, 401, 700024, /begins in 400 s/],
    ['no exp', { claims: { exp: undefined } }, 400, 50027, /no exp/],
    ['an exp that is no time', { claims: { nbf: 1e300, exp: 1e300 } }, 401, 700024, /begins/],
    ['another aud', { claims: { aud: 'https://graph.microsoft.com' } }, 401, 700023, /token endpoint is wanted/],
    ['aud at a stranger', { claims: { aud: `https://evil.example/${tenant}/oauth2/token` } }, 401, 700023, /./],
    ['aud of another tenant', { claims: { aud: `http://${host}/${everything}/oauth2/token` } }, 401, 700023, /./],
    ['no aud', { claims: { aud: undefined } }, 401, 700023, /./],
    ['another iss', { claims: { iss: everything } }, 401, 700021, /iss of the assertion/],
    ['another sub', { claims: { sub: everything } }, 401, 700021, /sub of the assertion/],
    [
      'an app without one',
      { client_id: everything, claims: { iss: everything, sub: everything } },
      401,
      700027,
      /has no certificate/
    ],
    ['an unknown app', { client_id: tenant }, 400, 700016, /not in the directory/]
  ] as [string, Record<string, unknown> & Made, number, number, RegExp][]) {
    const { header, claims, by, ...more } = fields
    const made = header !== undefined || claims !== undefined || by !== undefined
    const alg = made && !header?.alg
    const all = {
      ...good,
      ...(Object.keys(fields).length > 0 && !name.includes('its type') && { client_assertion_type }),
      ...((made || name === 'another type' || name === 'an unknown app') && {
        client_assertion:
          alg || made
            ? await assertion({ ...(header && { header }), ...(claims && { claims }), ...(by && { by }) })
            : signed
      }),
      ...more
    } as Record<string, string>
    if (name === 'the type alone') delete all.client_assertion
    const response = await post(emulator, v2, all)
    t.equal(response.statusCode, status, `${name}: ${response.body}`)
    t.same(response.json().error_codes, [code], name)
    t.match(response.headers['x-emulator-reason'], reason, name)
    t.notMatch(response.body, signed.split('.')[2]!, 'and it is not repeated')
  }
})

t.test('a JSON Web Key does as well, by its kid or its thumbprint', async t => {
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'mine' }
  const emulator = await emulated(t, { ...frozen, fixtures: { apps: [{ clientId, certificates: [jwk], roles: [] }] } })
  const client_assertion = await assertion({ header: { x5t: undefined, kid: 'mine' } })
  const fields = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type,
    scope: `${resource}/.default`
  }
  t.equal((await post(emulator, v2, { ...fields, client_assertion })).statusCode, 200)
})

t.test('what is no certificate is refused at the start, with its place', async t => {
  const [pem] = [own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]
  for (const [entry, message] of [
    ['nonsense', /at \/apps\/0\/certificates\/0: it is not a certificate or public key in PEM/],
    [pem, /it is a private key/],
    [own.privateKey.export({ format: 'jwk' }), /it is a private key/],
    [{ kty: 'RSA' }, /it is not a JSON Web Key/],
    [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'
      },
      /not/
    ]
  ] as [string | object, RegExp][]) {
    const fixtures = { apps: [{ clientId, certificates: [entry] }] }
    await t.rejects(emulated(t, { machines: 0, fixtures }), { name: 'FixtureError', message })
  }
})

t.test('a secret and a certificate are both good, and a public app has neither', async t => {
  const apps = [
    { clientId, certificates: [own.pem], secrets: [secret], roles: [] },
    { clientId: everything, roles: [] }
  ]
  const emulator = await emulated(t, { ...frozen, fixtures: { apps } })
  const fields = { grant_type: 'client_credentials', client_id: clientId, scope: `${resource}/.default` }
  const bySecret = await post(emulator, v2, { ...fields, client_secret: secret })
  t.match(decodeJwt(bySecret.json().access_token), { appidacr: '1' })
  const ofPublic = await post(emulator, v2, {
    ...fields,
    client_id: everything,
    client_assertion_type,
    client_assertion: await assertion({ claims: { iss: everything, sub: everything } })
  })
  t.same(ofPublic.json().error_codes, [700025])
})
