import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UnwritableFolder } from '../data-folder.js'
import { rsaPrivateKey } from './rsa.js'

const fileName = 'signing-key.pem'

export interface SigningKey {
  privateKey: KeyObject
  publicKey: KeyObject
  /** Also `x5t` of tokens: 27 characters, as the service's are. Ours is the SHA-1 of the public key, there being no certificate. */
  kid: string
}

/** The keys that sign tokens, made on this machine and never shipped. */
export class SigningKeys {
  readonly current: SigningKey
  #foreign: Promise<SigningKey> | undefined

  private constructor(current: SigningKey) {
    this.current = current
  }

  /**
   * With a folder the key is kept there (`signing-key.pem`, readable by its owner only), so that tokens outlive a
   * restart. Two emulators that start together end up with the same key.
   */
  static async create({ folder }: { folder?: string } = {}): Promise<SigningKeys> {
    if (folder === undefined) return new SigningKeys(await made())
    const file = join(folder, fileName)
    return new SigningKeys((await stored(file)) ?? (await store(await made(), folder, file)))
  }

  /** A key that nobody here trusts, for tokens that must be refused. Made when first asked for. */
  foreign(): Promise<SigningKey> {
    this.#foreign ??= made()
    return this.#foreign
  }

  /** JSON Web Key Set (RFC 7517), without `alg` as the service's own. No `x5c` yet, which takes a certificate. */
  jwks(): { keys: object[] } {
    const { publicKey, kid } = this.current
    const { kty, n, e } = publicKey.export({ format: 'jwk' })
    return { keys: [{ kty, use: 'sig', kid, x5t: kid, n, e }] }
  }
}

async function made(): Promise<SigningKey> {
  return withPublicKey(await rsaPrivateKey())
}

async function stored(file: string): Promise<SigningKey | undefined> {
  let pem: string
  try {
    // Reading a pipe would wait for ever.
    if (!(await stat(file)).isFile()) throw Object.assign(new Error(), { code: 'it is no file' })
    pem = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(
      `the signing key ${file} cannot be read (${(error as NodeJS.ErrnoException).code}); make it readable, or delete it and a new one is made`
    )
  }
  try {
    const privateKey = createPrivateKey(pem)
    const { modulusLength = 0 } = privateKey.asymmetricKeyDetails ?? {}
    if (privateKey.asymmetricKeyType !== 'rsa' || modulusLength < 2048) throw new TypeError('of another kind')
    return withPublicKey(privateKey)
  } catch {
    throw new Error(`${file} holds no RSA private key of 2,048 bits or more; delete it and a new one is made`)
  }
}

/** Linking a finished file into place either succeeds whole or finds that another emulator was first. */
async function store(key: SigningKey, folder: string, file: string): Promise<SigningKey> {
  const draft = `${file}.${randomUUID()}`
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' })
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(draft, pem, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw new UnwritableFolder(folder, (error as NodeJS.ErrnoException).code)
  }
  try {
    await link(draft, file)
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      const theirs = await stored(file)
      // Something has the name and is no file, such as a link to nowhere.
      if (theirs === undefined) throw new UnwritableFolder(folder, 'EEXIST')
      return theirs
    }
    // A file system without links: the other way is not atomic, but it does not overwrite either.
    await writeFile(file, pem, { mode: 0o600, flag: 'wx' })
    return key
  } finally {
    await unlink(draft)
  }
}

function withPublicKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  return { privateKey, publicKey, kid: thumbprint(publicKey) }
}

function thumbprint(publicKey: KeyObject): string {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
}
