import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from '../data-folder.js'
import type { Emulator } from '../emulator.js'
import { UsageError } from '../options.js'
import { gather, type Terminal } from './start.js'
import { surroundings } from './surroundings.js'
import { watchUnhandled } from './unhandled.js'

export interface RunTerminal extends Terminal {
  /** Calls back with each signal that asks this process to end, until it is told to stop. */
  onSignal: (heard: (signal: NodeJS.Signals) => void) => () => void
}

/**
 * Starts an emulator, runs a program that reaches it under the real service's names, and ends with the program's exit
 * code. Standard input and output are the program's; what is said here goes to standard error.
 */
export async function run(args: readonly string[], terminal: RunTerminal): Promise<number> {
  const at = args.indexOf('--')
  const [program, ...rest] = at === -1 ? [] : args.slice(at + 1)
  if (program === undefined) throw new UsageError('usage: mde-emulator run [options] -- <program> [arguments]')
  const given = gather(args.slice(0, at), terminal.environment)
  const { fixtures, config: _config, json: _json, noHttps, onUnhandled, ...options } = given
  if (noHttps)
    throw new UsageError('--no-https and run contradict each other: the real names are reached by HTTPS only')

  const { createEmulator } = await import('../emulator.js')
  const { environment: own } = terminal
  const { folder: kept } = openDataFolder(options.dataDir, {
    platform: process.platform,
    environment: own,
    home: homedir()
  })
  const folder = mkdtempSync(join(tmpdir(), 'mde-emulator-run-'))
  const emulator = await createEmulator({
    ...options,
    // Free ports, unless some were chosen: several may run at once.
    ...(options.port === 6330 && { port: 0 }),
    ...(options.httpsPort === 6331 && { httpsPort: 0 }),
    https: true,
    tallied: true,
    ...(kept !== undefined && { spareDataDir: kept }),
    ...(fixtures !== undefined && { fixtures })
  })
  let unhandled = false
  void watchUnhandled(emulator, onUnhandled, terminal.warn).then(() => {
    unhandled = true
  })
  try {
    const url = await emulator.listen()
    await emulator.ready
    const environment = surroundings(
      { url, httpsUrl: emulator.httpsUrl, caPem: emulator.caPem, credentials: emulator.credentials },
      terminal.environment,
      folder
    )
    for (const notice of emulator.notices) terminal.warn(`mde-emulator: ${notice}`)
    const code = await ended(program, rest, environment, terminal)
    terminal.warn(summary(emulator))
    // The program is left to its end; that it succeeded is not enough then.
    return code === 0 && unhandled ? 1 : code
  } finally {
    await emulator.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The exit code of a program, as a shell would say it: 127 when there is none, 128 and the signal that ended it. */
function ended(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  { onSignal, warn }: RunTerminal
): Promise<number> {
  return new Promise(resolve => {
    let child: ChildProcess
    const hush = onSignal(signal => child?.kill(signal))
    child = spawn(program, args, { stdio: 'inherit', env: environment })
    const end = (code: number) => {
      hush()
      resolve(code)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      warn(
        `mde-emulator: ${program} could not be run: ${error.code === 'ENOENT' ? 'there is no such program' : error.message}`
      )
      end(error.code === 'ENOENT' ? 127 : 126)
    })
    child.once('exit', (code, signal) => end(code ?? 128 + constants.signals[signal!]))
  })
}

/** What the program asked for, in five lines. */
function summary({ tally }: Emulator): string {
  const { api, refused, tokens, signInsRefused, tunnels, tunnelsRefused } = tally.counts
  const [first, ...others] = tally.reasons
  const [reason, times] = first ?? ['none', 0]
  return [
    `mde-emulator: requests  ${api}, of which ${refused} were refused`,
    `mde-emulator: tokens    ${tokens}; ${signInsRefused} refused`,
    `mde-emulator: proxy     ${tunnels} connections to the real names; ${tunnelsRefused} to other names refused`,
    `mde-emulator: errors    ${reason}${times > 1 ? ` (${times} times)` : ''}`,
    `mde-emulator: and       ${
      others.length === 0
        ? 'no others'
        : others
            .slice(0, 3)
            .map(([text]) => text)
            .join('; ')
    }`
  ].join('\n')
}
