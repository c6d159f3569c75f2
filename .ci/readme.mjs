// Runs the commands of the README, and then those of the recipes, in a fresh clone.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { blocksOf, run } from './commands.mjs'

const clone = process.argv[2]
const repository = fileURLToPath(new URL('..', import.meta.url))
rmSync(clone, { recursive: true, force: true })
execFileSync('git', ['clone', '--quiet', repository, clone])

const recipes = readdirSync(`${clone}/examples`, { withFileTypes: true }).filter(entry => entry.isDirectory())
const pages = ['README.md', ...recipes.map(({ name }) => `examples/${name}/README.md`)]
const blocks = pages.flatMap(page => blocksOf(readFileSync(`${clone}/${page}`, 'utf8')))
if (blocks.length < 8 + recipes.length) throw new Error(`only ${blocks.length} blocks of commands found`)

const { code, output } = await run(blocks, clone, { ...process.env, HOME: clone, XDG_DATA_HOME: `${clone}/.data` })

const expected = [
  '"id":"4540673","name":"March 2020 Security Updates","osBuild":18363,"productsNames":["edge"]',
  '"machineMissedOn":240,"cveAddressed":14',
  'x-emulator-reason: the Authorization header is missing',
  '"value":[{"machineMissedOn":239}]',
  '"violations":[]',
  'KB4540673  March 2020 Security Updates: on 240 devices, 14 CVEs',
  '"id":"7700002","name":"May 2026 Security Updates"',
  '"id":"5094128","name":"June 2026 Security Updates","osBuild":20348,"productsNames":["windows_server_2022"]'
]
const missing = expected.filter(text => !output.includes(text))
const succeeded = code === 0 && missing.length === 0
console.log(output.replace(/eyJ[\w.-]{60,}/g, '<token>').slice(0, succeeded ? 6_000 : undefined))
for (const text of missing) console.log(`the pages promise ${text}`)
console.log(`${blocks.length} blocks of ${pages.length} pages, ended with ${code}`)
process.exit(succeeded ? 0 : 1)
