import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Authority, KeyPair } from './certificates.js'
import { type Names, organization } from './names.js'
import type { FileName, Files } from './storage.js'

const day = 86_400_000
/** Trusting a new CA is work for people: late, but not too late. */
const beforeCaEnds = 7 * day
const beforeLeafEnds = 30 * day

/** What is worth keeping of what was found. */
export interface Found {
  authority: Authority | undefined
  /** Only ever one of that authority, for all the names. */
  leaf: KeyPair | undefined
  /** Why a CA that was there cannot be used. */
  flaw: string | undefined
}

/** A file that has the name of ours and is not: never overwritten. */
export class ForeignFile extends Error {
  override readonly name = 'ForeignFile'
}

/**
 * Which of these files can be used now. All of it is asked of node:crypto, since the library that makes certificates
 * takes longer to load than everything else. What names the emulator and is broken, expired or without its half will be
 * made anew; anything else under these names is somebody's own and refused.
 */
export function judged(files: Files, names: Names, now: number, path: (name: FileName) => string): Found {
  const root = ours('ca.pem', files, path)
  const { certificate: shown } = ours('leaf.pem', files, path) ?? {}
  if (root === undefined) {
    if (files['ca-key.pem'] !== undefined) throw alone('ca-key.pem', 'ca.pem', path)
    return { authority: undefined, leaf: undefined, flaw: undefined }
  }
  if (shown === undefined && files['leaf-key.pem'] !== undefined) throw alone('leaf-key.pem', 'leaf.pem', path)

  const issuer = certificateIn(files['ca-key.pem'])
  const key = keyIn(files['ca-key.pem'])
  const flaw =
    flawOfAuthority(root.certificate, issuer, key) ??
    flawOfTime(root.certificate, now) ??
    (issuer === undefined ? undefined : flawOfTime(issuer, now))
  if (flaw !== undefined || issuer === undefined || key === undefined) {
    return { authority: undefined, leaf: undefined, flaw: flaw ?? 'its key is missing' }
  }
  const authority = { root: root.certificate.toString(), issuer: issuer.toString(), key: pkcs8(key) }

  const leafKey = keyIn(files['leaf-key.pem'])
  const sound = shown !== undefined && leafKey !== undefined && isSound(shown, leafKey, issuer, names, now)
  const leaf = sound ? { certificate: shown.toString(), key: pkcs8(leafKey) } : undefined
  return { authority, leaf, flaw: undefined }
}

function ours(
  name: FileName,
  files: Files,
  path: (name: FileName) => string
): { certificate: X509Certificate } | undefined {
  const text = files[name]
  if (text === undefined) return undefined
  const certificate = certificateIn(text)
  if (certificate?.subject.split('\n').includes(`O=${organization}`)) return { certificate }
  throw new ForeignFile(
    `${path(name)} holds no certificate of the emulator's; move it away, or delete it and a new one is made`
  )
}

function alone(half: FileName, other: FileName, path: (name: FileName) => string): ForeignFile {
  return new ForeignFile(`${path(half)} is there without ${other}; move it away, or delete it and a new one is made`)
}

function flawOfAuthority(
  root: X509Certificate,
  issuer: X509Certificate | undefined,
  key: KeyObject | undefined
): string | undefined {
  if (issuer === undefined || key === undefined) return 'its key is missing or broken'
  const belongs = root.ca && issuer.ca && issuer.checkIssued(root) && issuer.verify(root.publicKey)
  return belongs && issuer.checkPrivateKey(key) ? undefined : 'its key is that of another'
}

function flawOfTime(certificate: X509Certificate, now: number): string | undefined {
  const { validFrom, validTo } = certificate
  if (Date.parse(validFrom) > now) return `it begins on ${validFrom} only`
  const left = Date.parse(validTo) - now
  if (left > beforeCaEnds) return undefined
  return left > 0 ? `it ends on ${validTo}` : `it ended on ${validTo}`
}

function isSound(leaf: X509Certificate, key: KeyObject, issuer: X509Certificate, names: Names, now: number): boolean {
  const end = Date.parse(leaf.validTo)
  return (
    leaf.checkIssued(issuer) &&
    leaf.verify(issuer.publicKey) &&
    leaf.checkPrivateKey(key) &&
    Date.parse(leaf.validFrom) <= now &&
    // A new one could not end later than the CA.
    (end - now > beforeLeafEnds || end >= Date.parse(issuer.validTo)) &&
    names.dns.every(name => leaf.checkHost(name, { wildcards: false }) !== undefined) &&
    names.ip.every(address => leaf.checkIP(address) !== undefined)
  )
}

function certificateIn(text: string | undefined): X509Certificate | undefined {
  try {
    return text === undefined ? undefined : new X509Certificate(text)
  } catch {
    return undefined
  }
}

function keyIn(text: string | undefined): KeyObject | undefined {
  try {
    return text === undefined ? undefined : createPrivateKey(text)
  } catch {
    return undefined
  }
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}
