import type { Profile } from './profile.js'

/** A device that was changed while the emulator ran. */
export interface Move {
  device: number
  /** Milliseconds since 1970, by the clock. */
  at: number
  before: Profile
  after: Profile
}

/** How far back they are kept and asked for, in milliseconds (page get-assessment-software-vulnerabilities). */
export const longest = 14 * 86_400_000
