// Preloaded into a client: writes down where it connects to, and plays the hosts file when told to, with a port that is
// in the place of 443 if one is named.
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'

const { RECORD, HOSTS_FILE, HOSTS_PORT } = process.env
/** Names that lead here. */
const listed = new Set(HOSTS_FILE?.split(','))
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  if (!first.path) appendFileSync(RECORD, `${first.host ?? 'localhost'}:${first.port}\n`)
  if (HOSTS_PORT !== undefined && listed.has(first.host) && Number(first.port) === 443) first.port = HOSTS_PORT
  return connect.apply(this, args)
}
if (HOSTS_FILE !== undefined) {
  // Name by name, as a hosts file has them: what it does not list is not found.
  dns.lookup = (name, options, callback) => {
    const done = callback ?? options
    if (!listed.has(name)) return done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }))
    return options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  }
}
