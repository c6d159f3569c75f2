import { inMemory, UnwritableFolder } from '../data-folder.js'
import type { Authority, KeyPair } from './certificates.js'
import { type Found, judged } from './judgement.js'
import { type Names, namesWith } from './names.js'
import { type FileName, folderStorage, memory, type Storage } from './storage.js'

/** What a server shows. */
export interface Identity {
  /** The certificate, and the CA between it and the root. */
  chain: string
  key: string
}

export interface KeeperSettings {
  /** Where certificates are kept; in memory when absent. */
  folder?: string | undefined
  /** Keep them in memory when the folder turns out to be unwritable. */
  optional?: boolean | undefined
  /** Names besides localhost and those of the real service. */
  tlsNames?: readonly string[] | undefined
  /**
   * The wall clock, whatever `--time` says: a client compares the validity of certificates with its own clock, which is
   * the real one.
   */
  now?: (() => number) | undefined
}

/** Makes the local CA and the certificate when there are none, keeps them, and makes them anew before they end. */
export class Keeper {
  /** What a user should know, a sentence each. */
  readonly notices: string[] = []
  readonly #names: Names
  readonly #now: () => number
  #folder: string | undefined
  readonly #optional: boolean
  #storage: Storage
  #root: string | undefined

  constructor({ folder, optional = false, tlsNames, now = Date.now }: KeeperSettings = {}) {
    this.#names = namesWith(tlsNames)
    this.#now = now
    this.#folder = folder
    this.#optional = optional
    this.#storage = folder === undefined ? memory() : folderStorage(folder)
  }

  /** The root to be trusted, in PEM; undefined until an identity was asked for. */
  get ca(): string | undefined {
    return this.#root
  }

  /** Where it stands, if anywhere. */
  get caFile(): string | undefined {
    return this.#folder === undefined ? undefined : this.#storage.path('ca.pem')
  }

  /** What to show from now on: the same as before, unless it is near its end or the folder has another. */
  async identity(): Promise<Identity> {
    try {
      return await this.#identity()
    } catch (error) {
      if (!(error instanceof UnwritableFolder) || !this.#optional || this.#folder === undefined) throw error
      this.notices.push(inMemory(this.#folder, error.code))
      this.#folder = undefined
      // A CA that can be read is still the one that clients trust.
      this.#storage = memory(await this.#storage.read())
      return this.#identity()
    }
  }

  async #identity(): Promise<Identity> {
    const found = await this.#found()
    if (found.authority !== undefined && found.leaf !== undefined) return this.#use(found.authority, found.leaf)
    const making = await import('./certificates.js')
    return this.#storage.alone(async () => {
      // Another process may have made them meanwhile.
      const { authority, leaf, flaw } = await this.#found()
      if (authority !== undefined && leaf !== undefined) return this.#use(authority, leaf)

      const permitted = authority === undefined ? [] : making.permittedNames(authority.issuer)
      const missing = this.#names.dns.filter(name => !permitted.includes(name))
      // Names that were asked for before stay: two emulators with one folder would replace each other's CA for ever.
      const names: Names = { dns: [...new Set([...this.#names.dns, ...permitted])], ip: this.#names.ip }
      const now = this.#now()
      if (authority !== undefined && missing.length === 0) {
        return this.#keep(authority, await making.madeLeaf(authority, names, now), [])
      }
      const why = flaw ?? (authority === undefined ? undefined : `it may not vouch for ${missing.join(', ')}`)
      const made = await making.madeAuthority(names, now)
      // The certificate first: by it the emulator knows that the key beside it is its own to replace.
      const identity = await this.#keep(made, await making.madeLeaf(made, names, now), [
        ['ca.pem', made.root],
        ['ca-key.pem', made.key + made.issuer]
      ])
      if (why !== undefined) {
        this.notices.push(
          `The local CA was replaced, since ${why}: clients that trusted it must be told to trust the new one ("mde-emulator ca trust" says how).`
        )
      }
      return identity
    })
  }

  async #found(): Promise<Found> {
    return judged(await this.#storage.read(), this.#names, this.#now(), name => this.#storage.path(name))
  }

  async #keep(authority: Authority, leaf: KeyPair, files: (readonly [FileName, string])[]): Promise<Identity> {
    const identity = this.#use(authority, leaf)
    await this.#storage.write([...files, ['leaf.pem', identity.chain], ['leaf-key.pem', leaf.key]])
    return identity
  }

  #use({ root, issuer }: Authority, { certificate, key }: KeyPair): Identity {
    this.#root = root
    return { chain: certificate + issuer, key }
  }
}
