// Programs under measurement: started, asked, weighed and always ended.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'

// It alone adds 35 ms to every start.
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `node ...args`; answers with the line of JSON that it prints when it is ready. */
export async function started(args) {
  const child = launched(args, ['ignore', 'pipe', 'inherit'])
  const line = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', data => {
      text += data
      if (text.includes('\n')) resolve(text.split('\n')[0])
    })
    child.on('exit', code => reject(new Error(`${args.join(' ')} ended with ${code}`)))
  })
  return { ...JSON.parse(line), pid: child.pid, end: () => ended(child) }
}

/** Milliseconds from the start of `node ...args` until `answered()` holds. */
export async function timed(args, answered) {
  const from = performance.now()
  const child = launched(args, 'ignore')
  try {
    while (!(await answered())) await pause(2)
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

/** An HTTP request on a connection of its own; status 0 when nobody listens. */
export function ask(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise(resolve => {
    const asked = request(url, { method, headers, agent: false }, response => {
      const parts = []
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
