export type { Control, Info } from './control/control.js'
export type { Keepable } from './control/kept.js'
export type { Snapshot, SnapshotInfo, TenantState } from './control/snapshots.js'
export type { Advance, ClockReading } from './control/tenant-clock.js'
export type { Credentials } from './credentials.js'
export {
  createEmulator,
  type Emulator,
  type EmulatorSettings,
  type InjectedRequest,
  type InjectedResponse
} from './emulator.js'
export type { FixtureFile } from './fixture-file.js'
export { FixtureError } from './fixture-file.js'
export type { JournalEntry, NoteEntry, RequestEntry } from './traffic/entry.js'
export type { FaultAnswer, FaultInfo, FaultMatch, FaultRule, FaultTiming } from './traffic/faults.js'
export type { RequestFilter } from './traffic/filter.js'
export type { RequestList, RequestStream, Requests } from './traffic/requests.js'
export { type Difference, type Expectation, Unverified, type Verified } from './traffic/verify.js'
export type { ScenarioInfo } from './world/scenarios.js'
