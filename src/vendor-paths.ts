import type { Place } from './clouds.js'

/** Paths that are ours; `/` too. */
const ours = /^\/(?:$|_emulator(?:\/|$)|docs(?:\/|$)|openapi\.json$|healthz$|readyz$)/i
const api = /^\/api(?:\/|$)/i
const files = /^\/tvm-export\//i

/** Under the real service's names only its own paths exist, each below the host that has it in production. */
export function isVendorPath({ service }: Place, path: string): boolean {
  if (service === 'api') return api.test(path)
  if (service === 'files') return files.test(path)
  return !ours.test(path) && !api.test(path) && !files.test(path)
}
