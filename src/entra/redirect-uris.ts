import type { App } from './directory.js'

/** Where native clients without a web server get their codes (documented, reply-url). */
const native = [
  'https://login.microsoftonline.com/common/oauth2/nativeclient',
  'https://login.microsoftonline.us/common/oauth2/nativeclient',
  'https://login.live.com/oauth20_desktop.srf',
  'urn:ietf:wg:oauth:2.0:oob'
]

/**
 * Whether codes of an app may be sent there. A registered address must be the same to the letter, but for the port of a
 * loopback one (documented, reply-url). An app that registered none may use any loopback address and those of native
 * clients, so that the well-known apps serve every client (ours).
 */
export function isRedirectUri(uri: string, app: App, address: string): boolean {
  if (!URL.canParse(uri) || /[\s\\#]/.test(uri)) return false
  const { protocol, hostname, username, password } = new URL(uri)
  if (username !== '' || password !== '') return false
  if (app.redirectUris !== undefined) {
    return app.redirectUris.some(registered => registered === uri || sameButPort(registered, uri))
  }
  const loopback = /^https?:$/.test(protocol) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  return (
    loopback ||
    native.includes(uri) ||
    uri === `${address}/common/oauth2/nativeclient` ||
    uri === `msal${app.clientId}://auth`
  )
}

function sameButPort(registered: string, uri: string): boolean {
  const [known, given] = [new URL(registered), new URL(uri)]
  if (known.protocol !== 'http:' || !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(known.hostname)) return false
  return known.protocol === given.protocol && known.hostname === given.hostname && tail(known) === tail(given)
}

function tail({ pathname, search }: URL): string {
  return pathname + search
}
