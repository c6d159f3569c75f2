import { accessSync, constants, mkdirSync } from 'node:fs'
import { posix, win32 } from 'node:path'

export interface Surroundings {
  platform: NodeJS.Platform
  environment: NodeJS.ProcessEnv
  home: string
}

/** The user's data folder for this program, as the platform wants it. */
export function defaultDataFolder({ platform, environment, home }: Surroundings): string {
  if (platform === 'win32') {
    return win32.join(environment.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'mde-emulator')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'mde-emulator')
  return posix.join(environment.XDG_DATA_HOME || posix.join(home, '.local', 'share'), 'mde-emulator')
}

export interface DataFolder {
  /** Undefined: keys are kept in memory. */
  folder: string | undefined
  notice: string | undefined
}

/**
 * A folder that can be written. One that was asked for must be; the default one need not: then keys are kept in memory,
 * and the notice says so.
 */
export function openDataFolder(asked: string | undefined, surroundings: Surroundings): DataFolder {
  const folder = asked ?? defaultDataFolder(surroundings)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return { folder, notice: undefined }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (asked !== undefined) {
      throw new Error(`the data folder ${asked} cannot be used (${code}): name one that can be written with --data-dir`)
    }
    return { folder: undefined, notice: inMemory(folder, code) }
  }
}

/** Nothing can be kept there: no permission, no room, or no folder. */
export class UnwritableFolder extends Error {
  override readonly name = 'UnwritableFolder'
  readonly code: string | undefined

  constructor(folder: string, code: string | undefined, what = 'signing key') {
    super(`no ${what} can be kept in ${folder} (${code}); name a folder that can be written`)
    this.code = code
  }
}

/** What a user should know whose keys are not kept. */
export function inMemory(folder: string, code: string | undefined): string {
  return `Keys are kept in memory only, since ${folder} cannot be written (${code}): tokens and the local CA end with this process.`
}
