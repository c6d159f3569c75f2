import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto'

const exponent = 65_537n

/**
 * An RSA private key (RFC 8017, section 3.2) from two primes that OpenSSL finds. Its own key generator seeks them by the
 * stricter rules of FIPS 186-4, which takes more than twice as long and would be the longest part of a first start.
 * Tokens signed with this key are believed by this emulator only.
 */
export async function rsaPrivateKey(bits = 2048): Promise<KeyObject> {
  for (;;) {
    // One after the other: two threads would take from the rest of a start where there are two cores.
    const a = await prime(bits / 2)
    const b = await prime(bits / 2)
    const [p, q] = a > b ? [a, b] : [b, a]
    const n = p * q
    const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n)
    // OpenSSL sets the two highest bits of a prime, so these hold but for one pair in many.
    if (p === q || n.toString(2).length !== bits || gcd(exponent, lambda) !== 1n) continue
    const d = inverse(exponent, lambda)
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n: base64url(n),
        e: base64url(exponent),
        d: base64url(d),
        p: base64url(p),
        q: base64url(q),
        dp: base64url(d % (p - 1n)),
        dq: base64url(d % (q - 1n)),
        qi: base64url(inverse(q, p))
      }
    })
  }
}

function prime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(bits, { bigint: true }, (error, found) => (error ? reject(error) : resolve(found)))
  })
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

/** The inverse of `a` modulo `m` (extended Euclid); they have no common divisor. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next] = [m, a % m]
  let [x, y] = [0n, 1n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % m) + m) % m
}

/** Base64urlUInt of RFC 7518, section 2. */
function base64url(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}
