import { scenarios as names } from '../options.js'
import { listScenarios, type ScenarioInfo } from '../world/scenarios.js'
import { type Flags, parseFlags } from './arguments.js'
import type { Terminal } from './start.js'

export const scenariosFlags: Flags = { json: { help: 'print them as JSON' } }

const width = 100

/** Says which worlds there are. No emulator need run, and none is built. */
export async function scenarios(args: readonly string[], { out }: Terminal): Promise<void> {
  const { json = false } = parseFlags(args, scenariosFlags)
  const list = listScenarios(names)
  out(json === true ? `${JSON.stringify({ value: list }, null, 2)}\n` : `${list.map(described).join('\n\n')}\n`)
}

function described({ name, about, worldTime, measured }: ScenarioInfo): string {
  const numbers =
    measured === null
      ? 'no world'
      : [
          `${count(measured.machines)} ${measured.machines === 1 ? 'device' : 'devices'}`,
          `${count(measured.missingUpdates)} missing KBs in all`,
          `exposure score ${measured.exposureScore.toFixed(1)}`,
          worldTime
        ].join(', ')
  return [`${name}: ${numbers}`, ...wrapped(about)].join('\n  ')
}

/** 100,000, whatever the locale. */
function count(n: number): string {
  return n.toLocaleString('en-US')
}

function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.length - 1
    if (`${lines[last]} ${word}`.length > width) lines.push(word)
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`
  }
  return lines
}
