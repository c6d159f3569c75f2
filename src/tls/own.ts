import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Identity } from './keeper.js'

/** The user's own certificate and key (`--cert`, `--key`); says in a sentence why they cannot be used. */
export function ownIdentity(certFile: string, keyFile: string): Identity {
  const chain = read('certificate', certFile)
  const pem = read('private key', keyFile)
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(chain)
  } catch {
    throw new Error(`the certificate ${certFile} is not one in PEM`)
  }
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const encrypted = code === 'ERR_MISSING_PASSPHRASE' || /ENCRYPTED/.test(pem) || /passphrase/i.test(message)
    throw new Error(
      `the private key ${keyFile} ${encrypted ? 'has a passphrase; give one without' : 'is not one in PEM'}`
    )
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new Error(`the private key ${keyFile} is not that of the certificate ${certFile}`)
  }
  return { chain, key: pem }
}

function read(what: string, file: string): string {
  try {
    // Reading a pipe would wait for ever.
    if (!statSync(file).isFile()) throw Object.assign(new Error(), { code: 'it is no file' })
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`the ${what} ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
