import type { Test } from 'tap'
import { SigningKeys } from '../src/entra/keys.js'
import type { Emulator, EmulatorSettings, InjectedResponse } from '../src/index.js'
import { createEmulator } from '../src/index.js'

export const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
export const everything = '00001111-aaaa-2222-bbbb-3333cccc4444'
export const softwareOnly = '11112222-bbbb-3333-cccc-4444dddd5555'
export const nothing = '22223333-cccc-4444-dddd-5555eeee6666'
export const secret = 'Aa1Bb~2Cc3.-Dd4Ee5Ff6Gg7Hh8Ii9_Jj0Kk1Ll2'
export const resource = 'https://api.securitycenter.microsoft.com'
/** The device of Microsoft's page get-missing-kbs-machine. */
export const documentedDevice = '2339ad14a01bd0299afb93dfa2550136057bff96'

/** One key pair for the tests of a process: making one takes longer than most tests. */
export const keys = SigningKeys.create()

/** A fresh emulator, closed when the test ends. */
export async function emulated(t: Test, settings: EmulatorSettings = {}): Promise<Emulator> {
  const emulator = await createEmulator({ keys, logLevel: 'silent', ...settings })
  t.teardown(() => emulator.close())
  return emulator
}

/** GET with a good token, of the app with every permission unless roles are named. */
export async function get(emulator: Emulator, url: string, ...roles: string[]): Promise<InjectedResponse> {
  return emulator.inject({ url, headers: { host: 'localhost:6330', ...(await emulator.headers(...roles)) } })
}

/** The rows of a collection. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into them
export async function rows(emulator: Emulator, url: string): Promise<any[]> {
  const response = await get(emulator, url)
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${response.body}`)
  return response.json().value
}

/** What a client posts to a token endpoint. */
export function form(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString()
}
