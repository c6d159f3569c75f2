// Servers under load, compared with each other.
import autocannon from 'autocannon'
import { path } from './emulator.mjs'
import { cores, pin, processorTime, workOf } from './processes.mjs'
import { medians } from './statistics.mjs'

/**
 * Per server the medians of requests per second, of processor time per request (ms), of how busy it was (1: a core) and
 * of what other programs took of its core.
 * On one core with the load generator a server would share its time with it, and all would look alike: each has its own.
 */
export async function compared(servers, { rounds, seconds }) {
  const all = cores()
  const names = Object.keys(servers)
  const apart =
    all.length > 1 && names.every(name => pin(servers[name].pid, [all[0]])) && pin(process.pid, all.slice(1))
  const measured = { rates: {}, times: {}, busy: {}, others: {} }
  for (const of of Object.values(measured)) for (const name of names) of[name] = []
  try {
    // The first turn of each is for the compilers, of the load generator too: the first server would pay for it.
    for (const name of names) await run(servers[name], 2, all[0])
    for (let round = 0; round < rounds; round++) {
      // Another one is first each time.
      const turn = names.map((_, index) => names[(index + round) % names.length])
      for (const name of turn) {
        const { rate, time, busy, others } = await run(servers[name], seconds, all[0])
        measured.rates[name].push(rate)
        measured.times[name].push(time)
        measured.busy[name].push(busy)
        measured.others[name].push(others)
      }
    }
  } finally {
    pin(process.pid, all)
  }
  const [rates, times, busy, others] = Object.values(measured).map(medians)
  return { rates, times, busy, others, apart }
}

async function run({ url, pid, token }, duration, core) {
  const [from, used, worked] = [performance.now(), processorTime(pid), workOf(core)]
  const { requests, non2xx, errors } = await autocannon({
    url: url + path,
    connections: 50,
    duration,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
  })
  const [wall, time, work] = [performance.now() - from, processorTime(pid) - used, workOf(core) - worked]
  if (non2xx + errors > 0) throw new Error(`${non2xx} bad answers and ${errors} errors from ${url}`)
  return {
    rate: requests.average,
    time: time / requests.total,
    busy: time / wall,
    others: Math.max(0, work - time) / wall
  }
}
