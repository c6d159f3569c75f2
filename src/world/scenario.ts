import type { WorldOverlay } from './overlay.js'

/**
 * A world as data (`fixtures/worlds/<name>.json`): what kinds of devices there are, how they patch and what runs on
 * them. Code rolls dice over it and knows none of its names.
 */
export interface Scenario {
  name: string
  /** A paragraph for people. */
  about: string
  /** Devices to generate when nobody says how many. */
  machines: number
  /** World time at the start, `YYYY-MM-DD`, where it is not the end of the catalog. */
  day?: string
  platforms: Platform[]
  rings: Ring[]
  bundles: Bundle[]
  groups: Group[]
  tags: Tag[]
  /** Devices that are there whatever the seed and the tenant. */
  cohorts: Cohort[]
  /** Products, CVEs, updates and devices of its own, as in a fixture file. */
  overlay?: WorldOverlay
}

/** An operating system and the products that come with it. */
export interface Platform {
  name: string
  weight: number
  role: string
  /** Computer names begin with it. */
  prefix: string
  osPlatform: string
  version: string | null
  osBuild: number | null
  /** Software ids. */
  software: string[]
}

/** How late a device takes its updates: `delayDays` after world time, or none after `until`. */
export interface Ring {
  name: string
  weight: number
  delayDays?: number
  until?: string
  /** Ids of configurations that its devices lack. */
  misconfigured?: string[]
}

/** Software that is installed together, as `<software id>@<version>`. */
export interface Bundle {
  name: string
  weight: number
  roles: string[]
  software: string[]
}

/** A device group; id 0 is "in no group", whose name is null. */
export interface Group {
  id: number
  name: string | null
  weight: number
  roles: string[]
}

export interface Tag {
  tag: string
  percent: number
  roles: string[]
}

export interface Cohort {
  about: string
  /** Pins the id of a cohort of one device. */
  id?: string
  devices: number
  /** In worlds of at least so many devices. */
  from: number
  platform: string
  /** They have taken every update until then and none since. */
  until: string
  misconfigured?: string[]
}
