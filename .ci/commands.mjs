// The commands of a page: every block marked `sh` runs in turn in one shell, those marked `sh server` in the background
// until they answer. `sh not-in-ci` blocks need what CI has not, and are named.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** @param {string} page Markdown. */
export function blocksOf(page) {
  return [...page.matchAll(/^```sh(?: ([\w-]+))?\n([\s\S]*?)^```$/gm)].map(([, mark, text]) => ({ mark, text }))
}

/**
 * Runs them in a folder; what the shell said, and what it ended with.
 * @param {{ mark: string | undefined, text: string }[]} blocks
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
export async function run(blocks, folder, env) {
  const started = 'started-by-a-page'
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
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env
  })
  let output = ''
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  const closed = once(shell, 'close')
  // Servers in the background keep the pipe open: the shell's own end counts, and then theirs is brought about.
  const [code] = await once(shell, 'exit')
  try {
    process.kill(-shell.pid, 'SIGTERM')
  } catch {
    // Everything has ended.
  }
  await closed
  return { code, output }
}
