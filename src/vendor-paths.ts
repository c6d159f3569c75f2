import type { Place } from './clouds.js'

/** Paths that are ours; `/` too, and what browsers ask for with it. */
const ours = /^\/+(?:$|\?|(?:_emulator|docs)(?:[/?]|$)|(?:openapi\.json|healthz|readyz|favicon\.ico)\/*(?:\?|$))/i
const api = /^\/api(?:\/|$)/i
const files = /^\/tvm-export\//i

/** Whether a path, with or without its query, is the emulator's own. */
export function isOwnPath(url: string): boolean {
  return ours.test(url)
}

/** Under the real service's names only its own paths exist, each below the host that has it in production. */
export function isVendorPath({ service }: Place, path: string): boolean {
  if (service === 'api') return api.test(path)
  if (service === 'files') return files.test(path)
  return !ours.test(path) && !api.test(path) && !files.test(path)
}
