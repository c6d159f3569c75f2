import { readFileSync } from 'node:fs'
import { DirectoryError, type DirectoryOverlay } from './entra/directory.js'
import { firstFlaw } from './json-schema.js'
import { packageFile } from './package.js'
import { OverlayError, type WorldOverlay } from './world/overlay.js'

/** What `--fixtures FILE` may hold; `fixtures/overlay.schema.json` is its published schema. */
export interface FixtureFile extends DirectoryOverlay, WorldOverlay {
  $schema?: string
}

/** A fixture file that cannot be used: the message names the file, the place and what is wrong there. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'

  constructor(file: string, place: string, problem: string) {
    super(`fixture file ${file}${place === '' ? '' : `, at ${place}`}: ${problem}`)
  }
}

/** Reads a fixture file and checks its form. What it says is checked where it is used: by the directory and the world. */
export async function readFixtureFile(file: string): Promise<FixtureFile> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new FixtureError(file, '', reasonOf(error))
  }
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new FixtureError(file, '', `is not JSON: ${(error as Error).message}`)
  }
  await checkForm(content, file)
  return content as FixtureFile
}

/** Checks the form of a fixture object, wherever it came from. */
export async function checkForm(content: unknown, file: string): Promise<void> {
  const flaw = await firstFlaw(readSchema(), content)
  if (flaw !== undefined) throw new FixtureError(file, flaw.place, flaw.problem)
}

/** The schema of one device in it, complete in itself. */
export function machineSchema(): Record<string, unknown> {
  const { definitions, properties } = readSchema()
  const whole = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(whole)
    if (typeof part !== 'object' || part === null) return part
    const { $ref, ...rest } = part as { $ref?: string }
    if ($ref !== undefined) return whole(definitions[$ref.slice('#/definitions/'.length)])
    return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, whole(value)]))
  }
  return whole(properties.machines.items) as Record<string, unknown>
}

function readSchema() {
  return JSON.parse(readFileSync(packageFile('fixtures/overlay.schema.json'), 'utf8'))
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read (permission denied)'
  if (code === 'EISDIR') return 'it is a folder'
  return message
}

/** What `--fixtures` or the library's caller gives: the name of a file, or its content. */
export async function overlayOf(fixtures: string | FixtureFile | undefined, file: string): Promise<FixtureFile> {
  if (fixtures === undefined) return {}
  if (typeof fixtures === 'string') return readFixtureFile(file)
  await checkForm(fixtures, file)
  return fixtures
}

/** A contradiction in a fixture file, with the file's name. */
export function placed<T>(file: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof OverlayError || error instanceof DirectoryError)
      throw new FixtureError(file, error.place, error.message)
    throw error
  }
}
