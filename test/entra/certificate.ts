import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A self-signed certificate, written byte by byte: Node reads certificates but makes none. */
export function certificate({ from = '20200101000000Z', to = '20990101000000Z' } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const algorithm = sequence(bytes(0x06, Buffer.from('2a864886f70d01010b', 'hex')), bytes(0x05))
  const name = sequence(
    bytes(0x31, sequence(bytes(0x06, Buffer.from('550403', 'hex')), bytes(0x0c, Buffer.from('client'))))
  )
  const toBeSigned = sequence(
    bytes(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(bytes(0x18, Buffer.from(from)), bytes(0x18, Buffer.from(to))),
    name,
    publicKey.export({ type: 'spki', format: 'der' })
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  const der = sequence(toBeSigned, algorithm, bytes(0x03, Buffer.from([0]), signature))
  const sha = (algorithm: string) => createHash(algorithm).update(der).digest()
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${der
      .toString('base64')
      .match(/.{1,64}/g)!
      .join('\n')}\n-----END CERTIFICATE-----\n`,
    publicKey: publicKey as KeyObject,
    privateKey: privateKey as KeyObject,
    x5t: sha('sha1').toString('base64url'),
    x5tS256: sha('sha256').toString('base64url'),
    hex: sha('sha1').toString('hex').toUpperCase(),
    hexS256: sha('sha256').toString('hex').toUpperCase()
  }
}

function sequence(...parts: Buffer[]): Buffer {
  return bytes(0x30, ...parts)
}

/** Tag, length, content (X.690). */
function bytes(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
