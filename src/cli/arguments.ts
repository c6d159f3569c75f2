import { parseArgs } from 'node:util'
import { suggestion } from '../edit-distance.js'
import { UsageError } from '../options.js'

/** A flag of a command. */
export interface Flag {
  /** Absent for a switch. */
  value?: string
  repeatable?: boolean
  help: string
}

export type Flags = Readonly<Record<string, Flag>>
export type Given = Partial<Record<string, string | boolean | string[]>>

/** Flags by name, strictly: an unknown one is named and the nearest suggested. */
export function parseFlags(args: readonly string[], flags: Flags): Given {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, repeatable = false }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: repeatable }
    ])
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given: Given = {}
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`"${token.value}" was not expected; options begin with --`)
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined) {
      throw new UsageError(
        `unknown flag ${token.rawName}${suggestion(
          token.name,
          Object.keys(flags).map(name => `--${name}`)
        )}`
      )
    }
    if (flag.value === undefined && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value, found "${token.value}"`)
    }
    if (flag.value !== undefined && (token.value === undefined || token.value === '')) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`)
    }
    if (flag.repeatable === true) given[token.name] = [...((given[token.name] as string[]) ?? []), token.value!]
    else if (given[token.name] !== undefined) throw new UsageError(`${token.rawName} is given twice`)
    else given[token.name] = token.value ?? true
  }
  return given
}
