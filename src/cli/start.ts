import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { inMemory, openDataFolder, UnwritableFolder } from '../data-folder.js'
import { suggestion } from '../edit-distance.js'
import { SigningKeys } from '../entra/keys.js'
import { flagOf, fromEnvironment, type Options, resolveOptions, table, UsageError, variableOf } from '../options.js'
import { type Flags, parseFlags } from './arguments.js'
import { banner } from './banner.js'
import { watchUnhandled } from './unhandled.js'

/** The flags of the start command. */
export const startFlags: Flags = Object.fromEntries(
  Object.entries(table).map(([name, { is, value, help }]) => [
    flagOf(name).slice(2),
    { ...(is.kind !== 'switch' && { value: value ?? 'VALUE' }), repeatable: is.kind === 'list', help }
  ])
)

/** Flag, then environment, then config file, then default. */
export function gather(args: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const flags: Partial<Record<keyof Options, unknown>> = {}
  const given = parseFlags(args, startFlags)
  for (const name of Object.keys(table) as (keyof Options)[]) {
    const value = given[flagOf(name).slice(2)]
    if (value !== undefined) flags[name] = value
  }
  const variables = fromEnvironment(environment)
  const file = (flags.config as string | undefined) ?? variables.config
  const configured = file === undefined ? {} : readConfig(file)
  return resolveOptions({ ...configured, ...variables, ...flags }, name => {
    if (Object.hasOwn(flags, name)) return flagOf(name)
    if (Object.hasOwn(variables, name)) return `variable ${variableOf(name)}`
    return Object.hasOwn(configured, name) ? `"${name}" in config file ${file}` : flagOf(name)
  })
}

function readConfig(file: string): Partial<Record<keyof Options, unknown>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`config file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`config file ${file} is not JSON: ${(error as Error).message}`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(`config file ${file} must hold one object, such as {"seed": 7}`)
  }
  for (const name of Object.keys(content)) {
    if (!Object.hasOwn(table, name) || name === 'config') {
      throw new UsageError(`unknown key "${name}" in config file ${file}${suggestion(name, Object.keys(table))}`)
    }
  }
  return content
}

/** What the process gives to a command. */
export interface Terminal {
  environment: NodeJS.ProcessEnv
  out: (text: string) => void
  warn: (text: string) => void
  /** Resolves when the process is asked to end. */
  untilStopped: Promise<void>
}

/** Runs an emulator until it is asked to end; the exit code is 1 when a request ended it (`--on-unhandled exit`). */
export async function start(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = gather(args, terminal.environment)
  const notices: string[] = []
  const { folder, notice } = openDataFolder(options.dataDir, {
    platform: process.platform,
    environment: terminal.environment,
    home: homedir()
  })
  if (notice !== undefined) notices.push(notice)
  // An RSA key takes as long to make as all the rest: it is made meanwhile.
  const keys = SigningKeys.create(folder === undefined ? {} : { folder }).catch(error => {
    if (!(error instanceof UnwritableFolder) || options.dataDir !== undefined) throw error
    notices.push(inMemory(folder!, error.code))
    return SigningKeys.create()
  })
  keys.catch(() => undefined)

  const { createEmulator } = await import('../emulator.js')
  const { fixtures, config: _config, json, noHttps, httpsPort, onUnhandled, ...rest } = options
  const emulator = await createEmulator({
    ...rest,
    https: !noHttps,
    ...(!noHttps && { httpsPort }),
    ...(fixtures !== undefined && { fixtures }),
    ...(folder !== undefined && { spareDataDir: folder }),
    keys
  })
  const unhandled = watchUnhandled(emulator, onUnhandled, terminal.warn)
  const ending = Promise.race([terminal.untilStopped.then(() => 0), unhandled.then(() => 1)])
  try {
    const listening = emulator.listen()
    const ready = listening.then(() => emulator.ready).then(() => listening)
    // Who ends it before it is ready need not wait until it is.
    const url = await Promise.race([ready, ending])
    if (typeof url === 'number') return url
    const { httpsUrl, caPem, caFile } = emulator
    if (json) {
      const { tenant, clientId, clientSecret, adminToken } = emulator.credentials
      const { version } = await import('../version.js')
      const line = {
        url,
        httpsUrl: httpsUrl ?? null,
        tenant,
        clientId,
        clientSecret,
        adminToken,
        caFile: caFile ?? null,
        pid: process.pid,
        version
      }
      terminal.out(`${JSON.stringify(line)}\n`)
    } else {
      // Small worlds have no legacy fleet.
      const legacyEdge = emulator.control.has('microsoft-_-edge')
      const ca = caPem === undefined ? undefined : (caFile ?? `${url}/_emulator/ca.pem`)
      terminal.out(
        banner(
          { url, httpsUrl, ca },
          emulator.credentials,
          !options.noDocs,
          legacyEdge,
          emulator.control.throttle.get()
        )
      )
    }
    for (const warning of new Set([...notices, ...emulator.notices])) {
      terminal.warn(`mde-emulator: ${warning}`)
    }
    return await ending
  } finally {
    await emulator.close()
  }
}
