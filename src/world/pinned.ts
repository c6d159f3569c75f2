import type { HealthStatus } from '../model/health-status.js'
import type { Installation } from './condition.js'
import type { Update } from './facts.js'

/** What a device says of itself, in the place of what is made up; null is what it does not say. */
export interface Reported {
  healthStatus?: HealthStatus
  /** ISO 8601, in UTC, as they are to be written. */
  firstSeen?: string
  lastSeen?: string
  lastIpAddress?: string | null
  lastExternalIpAddress?: string | null
  agentVersion?: string | null
  osProcessor?: string | null
  osArchitecture?: string | null
}

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
  /** Id of the device that this is an earlier record of, and whose name it may have. */
  duplicateOf?: string
  reported?: Reported
}
