// Preloaded into a client: writes down where it connects to, and plays the hosts file when told to.
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'

const { RECORD, HOSTS_FILE } = process.env
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  if (!first.path) appendFileSync(RECORD, `${first.host ?? 'localhost'}:${first.port}\n`)
  return connect.apply(this, args)
}
if (HOSTS_FILE !== undefined) {
  // Name by name, as a hosts file has them: what it does not list is not found.
  const listed = new Set(HOSTS_FILE.split(','))
  dns.lookup = (name, options, callback) => {
    const done = callback ?? options
    if (!listed.has(name)) return done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }))
    return options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  }
}
