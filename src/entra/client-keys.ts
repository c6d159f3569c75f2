import { createHash, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'

/** What an app signs its assertions with, as its registration knows it. */
export interface ClientKey {
  publicKey: KeyObject
  /** What a header may call it by: `x5t`, `x5t#S256`, or `kid` in the forms that clients write. */
  names: ReadonlySet<string>
  /** Milliseconds since 1970 at which the certificate ends; none for bare keys. */
  notAfter: number | undefined
}

/** An entry of `certificates` that is none. */
export class ClientKeyError extends Error {
  override readonly name = 'ClientKeyError'
}

/** A certificate or public key in PEM, or a JSON Web Key. Assertions are signed by RSA, so others are refused. */
export function clientKey(entry: string | object): ClientKey {
  const key = typeof entry === 'string' ? fromPem(entry) : fromJwk(entry)
  const { modulusLength = 0 } = key.publicKey.asymmetricKeyDetails ?? {}
  if (key.publicKey.asymmetricKeyType !== 'rsa' || modulusLength < 2048) {
    throw new ClientKeyError('it is not an RSA key of 2,048 bits or more, and only those sign assertions')
  }
  return key
}

function fromPem(pem: string): ClientKey {
  if (/PRIVATE KEY/.test(pem)) throw new ClientKeyError('it is a private key; the certificate or public key is wanted')
  try {
    if (!/BEGIN CERTIFICATE/.test(pem)) return bare(createPublicKey(pem))
    const certificate = new X509Certificate(pem)
    const sha1 = createHash('sha1').update(certificate.raw).digest()
    const sha256 = createHash('sha256').update(certificate.raw).digest()
    return {
      publicKey: certificate.publicKey,
      // The portal shows the SHA-1 in hexadecimal, and some clients send it so, as kid.
      names: new Set([
        sha1.toString('base64url'),
        sha256.toString('base64url'),
        sha1.toString('hex'),
        sha1.toString('hex').toUpperCase()
      ]),
      notAfter: Date.parse(certificate.validTo)
    }
  } catch {
    throw new ClientKeyError('it is not a certificate or public key in PEM')
  }
}

function fromJwk(jwk: object): ClientKey {
  const { kid, x5t, 'x5t#S256': x5tS256, d } = jwk as Record<string, unknown>
  if (d !== undefined) throw new ClientKeyError('it is a private key; the public part is wanted')
  try {
    const key = bare(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }))
    const given = [kid, x5t, x5tS256].filter(name => typeof name === 'string')
    return { ...key, names: new Set([...key.names, ...given]) }
  } catch {
    throw new ClientKeyError('it is not a JSON Web Key')
  }
}

/** A key without a certificate is called by its thumbprint (RFC 7638), as jose and openid-client do. */
function bare(publicKey: KeyObject): ClientKey {
  const { e, kty, n } = publicKey.export({ format: 'jwk' })
  const thumbprint = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
  return { publicKey, names: new Set([thumbprint]), notAfter: undefined }
}
