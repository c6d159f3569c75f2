#!/usr/bin/env node
import { type Flags, parseFlags } from './cli/arguments.js'
import { check, checkFlags, healthcheck, healthFlags, token, tokenFlags } from './cli/ask.js'
import { ca, caFlags } from './cli/ca.js'
import type { RunTerminal } from './cli/run.js'
import { scenariosFlags } from './cli/scenarios.js'
import { start, type Terminal } from './cli/start.js'
import { suggestion } from './edit-distance.js'
import { optionsHelp, UsageError } from './options.js'

/** The only file that touches the process: arguments, environment, signals, exit code. */

const openapiFlags: Flags = { control: { help: "the control plane's document" } }

/** What a command gives back is the exit code; nothing is 0. */
interface Command {
  help: string
  flags?: Flags
  run(args: readonly string[], terminal: RunTerminal): Promise<unknown>
}

const commands: Readonly<Record<string, Command>> = {
  start: { help: 'start the emulator (what happens without a command)', run: start },
  token: { help: 'print a token of the running emulator, good or bad', flags: tokenFlags, run: token },
  check: { help: 'does the world of the running emulator contradict itself?', flags: checkFlags, run: check },
  ca: {
    help: 'the local CA: its path, "ca print" prints it, "ca trust" says how to trust it',
    flags: caFlags,
    run: ca
  },
  openapi: { help: 'print the OpenAPI document', flags: openapiFlags, run: openapi },
  run: {
    help: 'run -- <program>: start an emulator and a program that reaches it by the real names',
    run: async (args, terminal) => (await import('./cli/run.js')).run(args, terminal)
  },
  supported: {
    help: 'print what is served of the real API, and how sure that is',
    run: async (_args, { out }) => out((await import('./supported.js')).supported())
  },
  scenarios: {
    help: 'which worlds there are to start with, and what tells them apart',
    flags: scenariosFlags,
    run: async (args, terminal) => (await import('./cli/scenarios.js')).scenarios(args, terminal)
  },
  healthcheck: { help: 'is the running emulator ready? For containers', flags: healthFlags, run: healthcheck },
  help: { help: 'this text', run: async (_args, { out }) => out(usage()) }
}

async function openapi(args: readonly string[], { out }: Terminal): Promise<void> {
  const { control = false } = parseFlags(args, openapiFlags)
  const { createEmulator } = await import('./emulator.js')
  await using emulator = await createEmulator({ machines: 0 })
  out(`${JSON.stringify(await emulator.document(control === true ? 'control' : 'api'), null, 2)}\n`)
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { help, flags = {} }]) => {
    const own = Object.entries(flags).map(
      ([flag, { value, help: text }]) =>
        `      ${`--${flag}${value === undefined ? '' : ` ${value}`}`.padEnd(22)} ${text}`
    )
    return [`  ${name.padEnd(12)} ${help}`, ...own].join('\n')
  })
  return `mde-emulator: a local emulator of the Microsoft Defender for Endpoint API

Usage: mde-emulator [options]
       mde-emulator <command> [options]

Commands:
${lines.join('\n')}

Options of start, each with its environment variable:
${optionsHelp()}

  --help                   this text
  --version                the version

Not affiliated with Microsoft. All data is synthetic.
`
}

async function main(args: readonly string[], terminal: RunTerminal): Promise<unknown> {
  const [first = ''] = args
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (own.includes('--help') || own.includes('-h')) return terminal.out(usage())
  if (first === '--version' || first === '-v') {
    const { version } = await import('./version.js')
    return terminal.out(`${version}\n`)
  }
  if (first === '' || first.startsWith('-')) return start(args, terminal)
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command === undefined) {
    throw new UsageError(`unknown command "${first}"${suggestion(first, Object.keys(commands))}; --help lists them`)
  }
  return command.run(args.slice(1), terminal)
}

/** One sentence that says what to do. */
function sentence(error: unknown): string {
  const { code, message, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is in use: stop what listens there, or choose another with --port (0 picks a free one)`
    case 'EACCES':
      return port === undefined ? message : `port ${port} may not be used by this user: choose another with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${address ?? (error as { hostname?: string }).hostname} is no address of this machine: choose another with --host`
    default:
      return message
  }
}

const stopped = new Promise<void>(resolve => {
  let asked = false
  const stop = () => {
    // Who asks twice does not want to wait.
    if (asked) process.exit(1)
    asked = true
    resolve()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
})
// A reader that has gone (mde-emulator | head) is no reason to fail.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

const terminal: RunTerminal = {
  environment: process.env,
  out: text => void process.stdout.write(text),
  warn: text => void process.stderr.write(`${text}\n`),
  untilStopped: stopped,
  onSignal: heard => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    // Whoever runs a program leaves its end to the program.
    for (const signal of signals) process.removeAllListeners(signal).on(signal, heard)
    return () => {
      for (const signal of signals) process.off(signal, heard)
    }
  }
}

try {
  const code = await main(process.argv.slice(2), terminal)
  if (typeof code === 'number') process.exitCode = code
} catch (error) {
  terminal.warn(`mde-emulator: ${sentence(error)}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
