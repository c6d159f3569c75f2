import type { Installation } from './condition.js'
import type { Update } from './facts.js'

/** A device whose identity and software somebody wrote down, as the user's fixture file does. */
export interface PinnedDevice {
  id: string
  computerDnsName: string
  osPlatform: string
  version: string | null
  osBuild: number | null
  installations: Installation[]
  missing: Update[]
  /** Day of the world on which it lacked these and no others: it takes no later updates by itself. */
  asOf: string
  tags: string[]
  group: { id: number; name: string | null }
}
