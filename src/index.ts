export type { Control, Info } from './control/control.js'
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
