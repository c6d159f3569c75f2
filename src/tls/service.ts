import type { FastifyBaseLogger } from 'fastify'
import { onThisMachine } from '../address.js'
import type { Options } from '../options.js'
import { NotFound } from '../world/errors.js'
import { type Identity, Keeper } from './keeper.js'
import { type Listener, type ListenerSettings, listenSecurely } from './listener.js'
import { ownIdentity } from './own.js'

export interface TlsSettings {
  /** Whether there is HTTPS at all. */
  wanted: boolean
  options: Pick<Options, 'cert' | 'key' | 'tlsName' | 'dataDir'>
  /** Where the CA is kept when it can be. */
  spareFolder: string | undefined
  logger: FastifyBaseLogger | false
  /** The wall clock (see Keeper). */
  now?: (() => number) | undefined
}

/** What a CA's file is asked for, when this emulator has none. */
const absent = {
  unwanted: 'there is no CA, since this emulator serves no HTTPS',
  own: 'there is no CA, since this emulator shows a certificate of your own (--cert)'
}

/** How often the certificate is looked at: it is renewed weeks before it ends. */
const hour = 3_600_000

/** HTTPS of one emulator: its certificate, its socket, and the renewal of the one while the other is open. */
export class Tls {
  readonly wanted: boolean
  readonly #own: Identity | undefined
  readonly #keeper: Keeper | undefined
  readonly #logger: FastifyBaseLogger | false
  #listening: Promise<Listener> | undefined
  #listener: Listener | undefined
  /** The chain that is shown. */
  #shown: string | undefined
  #url: string | undefined
  #opening: Promise<void> | undefined
  #closed = false
  #timer: NodeJS.Timeout | undefined

  /** Reads the user's own certificate, if there is one: nothing is started with one that cannot be used. */
  constructor({ wanted, options, spareFolder, logger, now }: TlsSettings) {
    const { cert, key, tlsName, dataDir } = options
    this.wanted = wanted
    this.#logger = logger
    if (!wanted) return
    if (cert !== undefined && key !== undefined) {
      this.#own = ownIdentity(cert, key)
      return
    }
    this.#keeper = new Keeper({
      folder: dataDir ?? spareFolder,
      optional: dataDir === undefined,
      tlsNames: tlsName,
      now
    })
  }

  /** Its address, once it listens. */
  get url(): string | undefined {
    return this.#url
  }

  /** The CA to trust, in PEM, once it is there. */
  get caPem(): string | undefined {
    return this.#keeper?.ca
  }

  /** Takes a connection that came another way, once it listens. */
  get accept(): Listener['accept'] | undefined {
    return this.#listener?.accept
  }

  /** Where it stands; undefined when it is in memory only, and until it is there. */
  get caFile(): string | undefined {
    return this.caPem === undefined ? undefined : this.#keeper?.caFile
  }

  get notices(): readonly string[] {
    return this.#keeper?.notices ?? []
  }

  /** The CA to trust, once it is there; a sentence when there is none. */
  async ca(): Promise<string> {
    if (this.#keeper === undefined) throw new NotFound(this.wanted ? absent.own : absent.unwanted)
    await this.#opening
    if (this.#keeper.ca === undefined) await this.#keeper.identity()
    return this.#keeper.ca!
  }

  /** Begins to listen when `first` is done: making certificates must not delay what was asked before. */
  open(first: Promise<unknown>, where: Omit<ListenerSettings, 'identity'>): Promise<void> {
    this.#opening ??= this.#open(first, where)
    return this.#opening
  }

  async #open(first: Promise<unknown>, where: Omit<ListenerSettings, 'identity'>): Promise<void> {
    await first
    if (this.#closed) return
    const identity = this.#own ?? (await this.#keeper!.identity())
    if (this.#closed) return
    this.#shown = identity.chain
    this.#listening = listenSecurely({ ...where, identity })
    this.#listener = await this.#listening
    this.#url = onThisMachine(this.#listener.url)
    if (this.#keeper !== undefined && !this.#closed) {
      this.#timer = setInterval(() => void this.renew(), hour).unref()
    }
  }

  /** Shows what the keeper has now, from the next connection on. */
  async renew(): Promise<void> {
    try {
      const identity = await this.#keeper?.identity()
      if (identity === undefined || identity.chain === this.#shown) return
      const listener = await this.#listening
      listener?.show(identity)
      this.#shown = identity.chain
    } catch (error) {
      if (this.#logger !== false) this.#logger.warn({ err: error }, 'the certificate could not be renewed')
    }
  }

  async close(patience: number): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    // Whoever waits for it to open hears why it did not.
    const listener = await this.#listening?.catch(() => undefined)
    clearInterval(this.#timer)
    await listener?.close(patience)
  }
}
