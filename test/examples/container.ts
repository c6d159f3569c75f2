import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const repository = join(import.meta.dirname, '../../..')

/** Where a started emulator is. */
export interface Ready {
  url: string
  httpsUrl: string
}

/**
 * What stands in for `docker run`, as there may be no engine: the image's command as a process, with the variables that
 * the image and a definition give it, on free ports in the place of theirs and on loopback.
 */
export class Container {
  readonly #process: ChildProcess
  readonly #folder = mkdtempSync(join(tmpdir(), 'mde-emulator-container-'))
  readonly ready: Promise<Ready>

  constructor(environment: Record<string, string>) {
    const [program, ...args] = entryPoint()
    const free = ['--host', '127.0.0.1', '--port', '0', '--https-port', '0', '--json']
    this.#process = spawn(program === 'node' ? process.execPath : program!, [...args, ...free], {
      cwd: repository,
      env: { PATH: process.env.PATH, HOME: this.#folder, XDG_DATA_HOME: this.#folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let complaints = ''
    this.#process.stderr!.on('data', text => (complaints += text))
    const lines = createInterface({ input: this.#process.stdout! })
    this.ready = Promise.race([
      once(lines, 'line').then(([line]) => JSON.parse(line) as Ready),
      once(this.#process, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}: ${complaints}`)))
    ])
    this.ready.catch(() => undefined)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM')
      await once(this.#process, 'exit')
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The command of the image. */
function entryPoint(): string[] {
  const [, text] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(repository, 'Dockerfile'), 'utf8'))!
  return JSON.parse(text!)
}
