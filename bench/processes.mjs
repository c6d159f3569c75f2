// Programs under measurement: started, asked, weighed and always ended.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'

// It alone adds 35 ms to every start.
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// Without a handler a signal ends this process and leaves those.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

/** No start that is measured takes as long: who does not answer by then never will. */
const patience = 60_000

/**
 * Starts `node ...args`; answers with the line of JSON that it prints when it is ready. What it writes to stderr is shown,
 * or goes to `complain`.
 */
export async function started(args, complain) {
  const child = launched(args, ['ignore', 'pipe', complain === undefined ? 'inherit' : 'pipe'])
  child.stderr?.setEncoding('utf8').on('data', complain)
  const line = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', data => {
      text += data
      if (text.includes('\n')) resolve(text.split('\n')[0])
    })
    child.on('exit', code => reject(new Error(`${args.join(' ')} ended with ${code}`)))
    setTimeout(() => reject(new Error(`${args.join(' ')} is not ready`)), patience).unref()
  })
  return { ...JSON.parse(line), pid: child.pid, end: () => ended(child) }
}

/** Milliseconds from the start of `node ...args` until `answered()` holds. */
export async function timed(args, answered) {
  const from = performance.now()
  const child = launched(args, 'ignore')
  try {
    while (!(await answered())) {
      if (child.exitCode !== null || performance.now() - from > patience) {
        throw new Error(`${args.join(' ')} does not answer, exit code ${child.exitCode}`)
      }
      await pause(1)
    }
    return performance.now() - from
  } finally {
    await ended(child)
  }
}

/** Milliseconds that `node ...args` takes to end by itself. */
export async function lasted(args) {
  const from = performance.now()
  const child = launched(args, 'ignore')
  await new Promise(resolve => child.on('exit', resolve))
  return performance.now() - from
}

/** Resident memory of a process, in megabytes. */
export function memory(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kilobytes) / 1024
}

/** Processor time that a process has used, in milliseconds; a tick is 10 ms on Linux. */
export function processorTime(pid) {
  // The name of the program, in parentheses, may hold blanks.
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Time that a core has been at work for anybody, in milliseconds. */
export function workOf(core) {
  const [, numbers] = new RegExp(`^cpu${core} (.+)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))
  const [user, nice, system, _idle, _waiting, interrupts, softInterrupts, stolen] = numbers.split(' ').map(Number)
  return (user + nice + system + interrupts + softInterrupts + stolen) * 10
}

/** The cores that this process may use: [0, 1]. */
export function cores() {
  const [, list] = /Cpus_allowed_list:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))
  return list.split(',').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Keeps a process and all its threads on these cores; false where that cannot be done. */
export function pin(pid, to) {
  try {
    execFileSync('taskset', ['-acp', to.join(','), String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** An HTTP request on a connection of its own; status 0 when nobody listens. */
export function ask(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise(resolve => {
    const asked = request(url, { method, headers, agent: false }, response => {
      const parts = []
      // Cut off: after 'end' this changes nothing.
      response.on('close', () => resolve({ status: 0 }))
      response.on('data', part => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() })
      )
    })
    asked.on('error', () => resolve({ status: 0 }))
    asked.end(body)
  })
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.on('listening', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

export function pause(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function launched(args, stdio) {
  const child = spawn(process.execPath, args, { env: environment, stdio })
  running.add(child)
  child.on('exit', () => running.delete(child))
  return child
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.on('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
