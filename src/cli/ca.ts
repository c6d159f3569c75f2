import { homedir } from 'node:os'
import { openDataFolder } from '../data-folder.js'
import { suggestion } from '../edit-distance.js'
import { flagOf, fromEnvironment, resolveOptions, UsageError, variableOf } from '../options.js'
import { type Flags, parseFlags } from './arguments.js'
import type { Terminal } from './start.js'

export const caFlags: Flags = {
  'data-dir': { value: 'FOLDER', help: "where the CA is kept (the user's data folder by default)" },
  'tls-name': { value: 'NAME', repeatable: true, help: 'a name more that it may vouch for (repeatable)' }
}

const what = ['path', 'print', 'trust'] as const

/** Where the local CA stands, what it is, or how to trust it. It is made when there is none; no emulator need run. */
export async function ca(args: readonly string[], { environment, out, warn }: Terminal): Promise<void> {
  const [first = ''] = args
  const named = first !== '' && !first.startsWith('-')
  const wanted = named ? first : 'path'
  if (!what.some(one => one === wanted)) {
    throw new UsageError(`unknown "ca ${wanted}"${suggestion(wanted, what)}; known are ${what.join(', ')}`)
  }
  const flags = parseFlags(named ? args.slice(1) : args, caFlags)
  const variables = fromEnvironment(environment)
  const { dataDir, tlsName } = resolveOptions(
    { dataDir: flags['data-dir'] ?? variables.dataDir, tlsName: flags['tls-name'] ?? variables.tlsName },
    name => (flags[flagOf(name).slice(2)] === undefined ? `variable ${variableOf(name)}` : flagOf(name))
  )
  const { folder, notice } = openDataFolder(dataDir, { platform: process.platform, environment, home: homedir() })
  if (folder === undefined) throw new Error(`${notice} Name a folder that can be written with --data-dir.`)
  const { Keeper } = await import('../tls/keeper.js')
  const keeper = new Keeper({ folder, tlsNames: tlsName })
  await keeper.identity()
  for (const notice of keeper.notices) warn(`mde-emulator: ${notice}`)
  const file = keeper.caFile!
  if (wanted === 'path') return out(`${file}\n`)
  if (wanted === 'print') return out(keeper.ca!)
  const { howToTrust } = await import('./trust.js')
  out(howToTrust(file))
}
