// Runs the README's commands in a fresh clone: every block marked `sh` in turn in one shell, those marked `sh server`
// in the background until they answer. `sh not-in-ci` blocks need what CI has not, and are named.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const clone = process.argv[2]
const repository = fileURLToPath(new URL('..', import.meta.url))
rmSync(clone, { recursive: true, force: true })
execFileSync('git', ['clone', '--quiet', repository, clone])

const readme = readFileSync(`${clone}/README.md`, 'utf8')
const blocks = [...readme.matchAll(/^```sh(?: ([\w-]+))?\n([\s\S]*?)^```$/gm)].map(([, mark, text]) => ({ mark, text }))
if (blocks.length < 8) throw new Error(`only ${blocks.length} blocks of commands found`)

const started = 'started-by-the-readme'
const script = blocks.map(({ mark, text }, index) => {
  const named = `echo; echo ${JSON.stringify(`-- block ${index + 1}${mark === undefined ? '' : ` (${mark})`}`)}\n`
  if (mark === 'not-in-ci') return `${named}echo 'not run: CI has no container engine and no connector of yours'\n`
  if (mark !== 'server') return `${named}${text}`
  const port = /--port (\d+)/.exec(text)?.[1] ?? '6330'
  return `${named}( exec > ${started}.log 2>&1; ${text.trim()} ) &
for attempt in $(seq 600); do curl -sf http://127.0.0.1:${port}/readyz > /dev/null && break; sleep 0.2; done
curl -sf http://127.0.0.1:${port}/readyz || { cat ${started}.log; exit 1; }
`
})

const shell = spawn('bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
  cwd: clone,
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, HOME: clone, XDG_DATA_HOME: `${clone}/.data` }
})
let output = ''
shell.stdout.setEncoding('utf8').on('data', text => {
  output += text
})
// Servers in the background keep the pipe open: the shell's own end counts.
const code = await new Promise(resolve => shell.on('exit', resolve))
try {
  process.kill(-shell.pid, 'SIGTERM')
} catch {
  // Everything has ended.
}

console.log(output.replace(/eyJ[\w.-]{60,}/g, '<token>').slice(0, 6_000))
const expected = [
  '"id":"4540673","name":"March 2020 Security Updates","osBuild":18363,"productsNames":["edge"]',
  '"machineMissedOn":240,"cveAddressed":14',
  'x-emulator-reason: the Authorization header is missing',
  '"value":[{"machineMissedOn":239}]',
  '"violations":[]'
]
const missing = expected.filter(text => !output.includes(text))
for (const text of missing) console.log(`the README promises ${text}`)
console.log(`${blocks.length} blocks, ended with ${code}`)
process.exit(code === 0 && missing.length === 0 ? 0 : 1)
