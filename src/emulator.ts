import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { addressBook, onThisMachine } from './address.js'
import { buildApp, maxHeaderSize, refuseConnection } from './app.js'
import { Clock } from './clock.js'
import { Control } from './control/control.js'
import type { Guard } from './control/plugin.js'
import type { Credentials } from './credentials.js'
import { SharedAccess } from './defender/export-files.js'
import { Learn } from './defender/learn.js'
import { Responses } from './defender/responses.js'
import { Quirks } from './defender/tenant-quirks.js'
import { Directory, loadDirectory } from './entra/directory.js'
import { Ids } from './entra/ids.js'
import { SigningKeys } from './entra/keys.js'
import type { PendingPage } from './entra/pages/pending.js'
import { SignIns } from './entra/sign-ins.js'
import { Tokens } from './entra/tokens.js'
import { TrustedIssuers } from './entra/trusted-issuers.js'
import { type FixtureFile, overlayOf, placed } from './fixture-file.js'
import { logger } from './logger.js'
import { noticesOf } from './notices.js'
import { type Options, resolveOptions } from './options.js'
import type { Parts } from './parts.js'
import { connectThrough, type Door, proxyServer } from './proxy/door.js'
import { Tally } from './tally.js'
import { Tls } from './tls/service.js'
import { Faults } from './traffic/faults.js'
import { Journal } from './traffic/journal.js'
import { Throttle } from './traffic/throttle.js'
import { version } from './version.js'
import { type Cosmetics, loadCosmetics } from './world/cosmetics.js'
import { loadScenario } from './world/scenarios.js'
import { Worlds } from './worlds.js'

/**
 * The options of the command, in camelCase. Without a `dataDir` the library keeps its keys in memory, and it serves HTTPS
 * only when told to: making certificates takes longer than most tests.
 */
export interface EmulatorSettings
  extends Partial<Omit<Options, 'fixtures' | 'config' | 'json' | 'noHttps' | 'onUnhandled'>> {
  /** A fixture file, or its content. */
  fixtures?: string | FixtureFile
  /** Listen for HTTPS too. True when absent and one of `httpsPort`, `cert` and `tlsName` is given. */
  https?: boolean
  /** Where keys are kept when they can be. `dataDir` must be writable; this need not. */
  spareDataDir?: string
  /** Count calls, too (`tally`): a summary wants it, and every call pays for it. */
  tallied?: boolean
  /** A key pair in the making, when the caller began before the rest was loaded. */
  keys?: Promise<SigningKeys>
}

/** A request that needs no socket. */
export interface InjectedRequest {
  method?: string
  url: string
  headers?: Record<string, string>
  payload?: string | object
}

export interface InjectedResponse {
  statusCode: number
  headers: Record<string, string | string[] | number | undefined>
  body: string
  rawPayload: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is the asker's to know
  json(): any
}

export interface Emulator extends AsyncDisposable {
  /** Starts to listen; answers with the base URL, when HTTPS listens too if it is wanted. */
  listen(where?: { port?: number; host?: string; httpsPort?: number }): Promise<string>
  /** The base URL for HTTPS, while it is served. */
  readonly httpsUrl: string | undefined
  /** The local CA in PEM, for clients to trust. It can vouch for localhost and the real service's names only. */
  readonly caPem: string | undefined
  /** The file it stands in, if any. */
  readonly caFile: string | undefined
  /** Asks without a socket. */
  inject(request: InjectedRequest): Promise<InjectedResponse>
  /** Headers with a good token that holds these permissions (all of the well-known app's without any). */
  headers(...permissions: string[]): Promise<{ authorization: string }>
  readonly control: Control
  /** The OpenAPI 3.1 document of the API or of the control plane. */
  document(of: 'api' | 'control'): Promise<object>
  /** Keys and world are there, and HTTPS listens if it is wanted. */
  readonly ready: Promise<void>
  /** What a user should know about how this one was started, a sentence each. */
  readonly notices: readonly string[]
  readonly credentials: Credentials
  /** How often it was asked for what; tunnels only, unless it is `tallied`. */
  readonly tally: Tally
  /** The URL of the proxy on a port of its own, while it listens. */
  readonly proxyUrl: string | undefined
  /** New connections are refused, answers in flight finished, whatever is left is cut after one second. */
  close(): Promise<void>
}

/** How long answers in flight may take once the end has come; under a second in all. */
const patience = 900

/** An emulator that shares nothing with others in the process. It listens when told to. */
export async function createEmulator(settings: EmulatorSettings = {}): Promise<Emulator> {
  const { fixtures, keys: begun, https, spareDataDir, tallied = false, ...given } = settings
  const options = resolveOptions(given)
  const log = logger(options.logLevel)
  const { httpsPort, cert, tlsName = [] } = given
  const wanted = https ?? (httpsPort !== undefined || cert !== undefined || tlsName.length > 0)
  const tls = new Tls({ wanted, options, spareFolder: spareDataDir, logger: log })
  const keys = begun ?? SigningKeys.create(options.dataDir === undefined ? {} : { folder: options.dataDir })
  // Whoever needs the keys waits for them and sees why there are none; nobody else has to.
  keys.catch(() => undefined)

  const file = typeof fixtures === 'string' ? fixtures : 'given'
  const overlay = await overlayOf(fixtures, file)
  const clock = new Clock({ time: options.time, frozen: options.frozen })
  const ids = new Ids(options.seed)
  const journal = new Journal({ size: options.journal, clock })
  clock.moving = () => journal.settle()
  const scenario = loadScenario(options.scenario)
  const machines = options.machines ?? scenario.machines
  const addressOf = addressBook({ publicUrl: options.publicUrl, trustProxy: options.trustProxy })

  const faults = new Faults(options.seed)
  const throttle = new Throttle(clock, options.throttle)
  const quirks = new Quirks(options.seed, options.quirks)
  const responses = new Responses(options.seed, options.responses)
  const removed = (tenant: string) => {
    clock.reset(tenant)
    faults.reset(tenant)
    throttle.reset(tenant)
    quirks.reset(tenant)
    responses.reset(tenant)
  }

  const { directory, worlds } = placed(file, () => {
    const directory = new Directory({ strict: options.strictTenants }, loadDirectory(), overlay)
    const { seed, time, maxTenants } = options
    return {
      directory,
      worlds: new Worlds({
        directory,
        seed,
        machines,
        scenario,
        time,
        maxTenants,
        fixtures: overlay,
        removed,
        evicted: (tenant, changed) =>
          journal.note(
            'world-evicted',
            `the world of the tenant went${changed ? ', changes and all' : ''}: there were more than ${maxTenants} (--max-tenants)`,
            tenant
          )
      })
    }
  })

  const trusted = new TrustedIssuers(options.trustIssuer)
  const tokens = new Tokens({ directory, keys, clock, ids, mode: options.auth, audiences: options.audience, trusted })
  const signIns = new SignIns<PendingPage>({ clock, ids, unguessable: () => randomBytes(24).toString('base64url') })
  const guard: Guard = { adminToken: options.adminToken ?? null }
  const { defaultApp } = directory
  const credentials: Credentials = {
    tenant: worlds.defaultTenant,
    clientId: defaultApp.clientId,
    clientSecret: defaultApp.secrets[0] ?? '',
    adminToken: guard.adminToken
  }
  const control = new Control({
    worlds,
    tokens,
    directory,
    signIns,
    clock,
    journal,
    about: {
      version,
      seed: options.seed,
      scenario: options.scenario,
      auth: options.auth,
      machines,
      profile: options.profile
    },
    faults,
    throttle,
    quirks,
    responses,
    forget: () => {
      ids.reset()
      tokens.reset()
      trusted.reset()
      signIns.reset()
      tally.reset()
    }
  })

  const tally = new Tally()
  let prepared = false
  let preparing: Promise<void> | undefined
  /** Makes the world while the keys are in the making. Begun when the socket is open: what lives says so at once. */
  const prepare = () => {
    preparing ??= Promise.all([keys, worlds.prepare(worlds.defaultTenant)]).then(() => {
      prepared = true
    })
    preparing.catch(() => undefined)
    return preparing
  }

  let listening: Promise<string> | undefined
  /** Done when HTTPS listens too, if it is wanted. */
  let opening: Promise<void> | undefined
  let cosmetics: Promise<Cosmetics> | undefined
  const parts: Parts = {
    options,
    logger: log,
    clock,
    directory,
    tokens,
    keys,
    ids,
    signIns,
    control,
    guard,
    addressOf,
    ca: () => tls.ca(),
    worldOf: tenant => worlds.of(tenant),
    cosmetics: () => (cosmetics ??= loadCosmetics()),
    correlationId: () => ids.guid(),
    isReady: () => prepared && (opening === undefined || !tls.wanted || tls.url !== undefined),
    profile: options.profile,
    pageSize: options.pageSize,
    loose: options.loose,
    quirks,
    responses,
    sharedAccess: new SharedAccess(),
    learn: options.scenario === 'learn' ? new Learn() : undefined,
    credentials,
    tally,
    tallied,
    journal,
    faults,
    throttle,
    allowPrefer: options.allowPrefer,
    tooManyRequestsCode: tenant => (quirks.of(tenant).has('documented-429-code') ? 'TooManyRequests' : '429')
  }
  const server = buildApp(parts)
  const door: Door = { accept: () => tls.accept, tunnelled: refused => tally.tunnelled(refused) }
  server.server.on('connect', connectThrough(door))
  const proxy = options.proxyPort === undefined ? undefined : proxyServer(door, maxHeaderSize)

  let closing: Promise<void> | undefined
  const emulator: Emulator = {
    control,
    credentials,
    tally,
    get proxyUrl() {
      const bound = proxy?.address() as AddressInfo | null | undefined
      if (!bound) return undefined
      return onThisMachine(`http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`)
    },
    get httpsUrl() {
      return tls.url
    },
    get caPem() {
      return tls.caPem
    },
    get caFile() {
      return tls.caFile
    },
    get ready() {
      return Promise.all([opening, prepare()]).then(() => undefined)
    },
    get notices() {
      return [...noticesOf(options), ...tls.notices]
    },
    listen({ port, host = options.host, httpsPort: securePort } = {}) {
      if (!options.noAdmin && guard.adminToken === null && !isLoopback(host)) {
        guard.adminToken = randomBytes(24).toString('base64url')
        credentials.adminToken = guard.adminToken
      }
      listening = server.listen({ port: port ?? options.port, host })
      opening = listening.then(() => {
        const worlds = prepare()
        proxy?.listen({ port: options.proxyPort!, host })
        const proxying = proxy === undefined ? undefined : once(proxy, 'listening')
        const secure = tls.wanted ? tls.open(worlds, secureDoor()) : undefined
        return Promise.all([secure, proxying]).then(() => undefined)
      })
      /** Who chose a port here may run several, and did not choose the other. */
      const secureDoor = () => ({
        host,
        port: securePort ?? (port === undefined || httpsPort !== undefined ? options.httpsPort : 0),
        handler: server.routing,
        refuse: refuseConnection,
        maxHeaderSize
      })
      return opening.then(() => listening!).then(onThisMachine)
    },
    async inject(request) {
      await prepare()
      return (await server.inject(request as InjectOptions)) as InjectedResponse
    },
    async headers(...permissions) {
      const { access_token } = await control.mint(permissions.length === 0 ? {} : { roles: permissions })
      return { authorization: `Bearer ${access_token}` }
    },
    async document(of) {
      const { describeApi, describeControl } = await import('./openapi.js')
      return of === 'api' ? describeApi(parts) : describeControl(parts)
    },
    close() {
      closing ??= close(server, tls, listening, proxy)
      return closing
    },
    [Symbol.asyncDispose]() {
      return emulator.close()
    }
  }
  return emulator
}

async function close(
  server: FastifyInstance,
  tls: Tls,
  listening: Promise<unknown> | undefined,
  proxy: Server | undefined
): Promise<void> {
  await listening?.catch(() => undefined)
  const cut = setTimeout(() => server.server.closeAllConnections(), patience)
  try {
    proxy?.close()
    await Promise.all([server.close(), tls.close(patience)])
    proxy?.closeAllConnections()
  } finally {
    clearTimeout(cut)
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}
