import { isIP } from 'node:net'
import { impersonatedHosts } from '../clouds.js'

/** Stands in every certificate made here: by it they are told from a user's file of the same name. */
export const organization = 'mde-emulator'

/** What the certificate is for, and all that the CA may ever vouch for. */
export interface Names {
  dns: readonly string[]
  ip: readonly string[]
}

/** Addresses the CA may vouch for, as subtrees: with subtrees of names alone, OpenSSL takes a certificate for any address. */
export const loopbackNetworks = ['127.0.0.0/8', '::1/128'] as const

/** Names of this machine, of the real service and the user's own (`--tls-name`). */
export function namesWith(own: readonly string[] = []): Names {
  const dns = ['localhost', ...impersonatedHosts, ...own.map(name => name.toLowerCase())]
  return { dns: [...new Set(dns)], ip: ['127.0.0.1', '::1'] }
}

/** Top-level domains that somebody might call a container. */
const wholeDomains = new Set(
  'app blog build cloud com dev edu gov info int link live mil name net online org page run shop site store tech tools work world'.split(
    ' '
  )
)

/**
 * What is wrong with a name for the certificate, if anything. A name constraint holds for all names below it (RFC 5280,
 * 4.2.1.10), so a CA for a container called `dev` could vouch for every site under .dev.
 */
export function flawOfName(text: string): string | undefined {
  const name = text.toLowerCase()
  if (isIP(name) !== 0) return 'a host name, not an address: the certificate is for 127.0.0.1 and ::1 besides its names'
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
  if (name.length > 253 || !name.split('.').every(part => label.test(part))) {
    return 'a host name, such as mde or mde.example.test'
  }
  if (wholeDomains.has(name) || /^[a-z]{2}$/.test(name)) {
    return `a host name; "${name}" is a top-level domain, and the CA could vouch for all of it`
  }
  return undefined
}
