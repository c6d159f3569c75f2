// Its decorators want the polyfill first.
import 'reflect-metadata'
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints
} from '@peculiar/asn1-x509'
import * as x509 from '@peculiar/x509'
import { loopbackNetworks, type Names, organization } from './names.js'

/**
 * Makes certificates. Loading this takes longer than all of Fastify, so it is imported when one must be made, and never
 * otherwise. @peculiar/x509 is the one library whose certificates pass OpenSSL's strict check (Authority Key
 * Identifier, critical key usage), which Python 3.13 applies to everybody.
 */

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  certificate: string
  key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000

/** A client's clock may be behind ours. */
const grace = 3_600_000
const lifeOfCa = 365 * day
const lifeOfLeaf = 90 * day

/** What issues certificates. */
export interface Authority {
  /** To be trusted. Nobody has its key. */
  root: string
  /** The CA below it, whose key is kept. */
  issuer: string
  key: string
}

/**
 * A CA that can vouch for these names only, critically: a client that does not understand the constraint must refuse
 * it (RFC 5280, 4.2.1.10). Java heeds the constraints of every CA but a trusted root's (RFC 5280, 6.1.1, makes them an
 * input; seen with OpenJDK 17). So the root signs one CA below itself, with the same constraints, and its key is
 * forgotten here: whoever steals what is kept cannot vouch for other names with any client. The extended key usage
 * keeps it from mail and code.
 */
export async function madeAuthority({ dns }: Pick<Names, 'dns'>, now: number): Promise<Authority> {
  const [rootKeys, keys] = await Promise.all([keyPair(), keyPair()])
  // Two CAs of one name would confuse clients that find issuers by name.
  const mark = randomBytes(4).toString('hex')
  const named = (what: string) => `CN=mde-emulator local ${what} ${mark}, O=${organization}`
  const common = {
    notBefore: new Date(now - grace),
    notAfter: new Date(now - grace + lifeOfCa),
    signingAlgorithm: algorithm
  }
  const extensions = async (publicKey: webcrypto.CryptoKey, casBelow: number) => [
    new x509.BasicConstraintsExtension(true, casBelow, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    constraints(dns),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey)
  ]
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: serialNumber(),
    name: named('CA'),
    keys: rootKeys,
    extensions: await extensions(rootKeys.publicKey, 1)
  })
  const issuer = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: serialNumber(),
    subject: named('issuing CA'),
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: await extensions(keys.publicKey, 0)
  })
  return { root: pem(root), issuer: pem(issuer), key: await pkcs8(keys.privateKey) }
}

/** A certificate of that CA, which ends no later than it. */
export async function madeLeaf(authority: Authority, { dns, ip }: Names, now: number): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.issuer)
  const keys = await keyPair()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=localhost, O=${organization}`,
    issuer: issuer.subject,
    notBefore: new Date(Math.max(now - grace, issuer.notBefore.getTime())),
    notAfter: new Date(Math.min(now - grace + lifeOfLeaf, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dns.map(value => ({ type: 'dns' as const, value })),
        ...ip.map(value => ({ type: 'ip' as const, value }))
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer)
    ]
  })
  return { certificate: pem(certificate), key: await pkcs8(keys.privateKey) }
}

/** The names that a CA may vouch for. */
export function permittedNames(certificate: string): string[] {
  const extension = new x509.X509Certificate(certificate).getExtension(id_ce_nameConstraints)
  if (extension === null) return []
  const { permittedSubtrees } = AsnConvert.parse(extension.value, NameConstraints)
  return [...(permittedSubtrees ?? [])].flatMap(({ base }) => base.dNSName ?? [])
}

function constraints(dns: readonly string[]): x509.Extension {
  const bases = [
    ...dns.map(dNSName => new GeneralName({ dNSName })),
    ...loopbackNetworks.map(iPAddress => new GeneralName({ iPAddress }))
  ]
  const permittedSubtrees = new GeneralSubtrees(bases.map(base => new GeneralSubtree({ base })))
  const value = AsnConvert.serialize(new NameConstraints({ permittedSubtrees }))
  return new x509.Extension(id_ce_nameConstraints, true, value)
}

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function signingKey(key: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

async function pkcs8(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Positive, 126 bits of chance (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`
}
