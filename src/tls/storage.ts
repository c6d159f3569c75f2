import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { UnwritableFolder } from '../data-folder.js'

/** What is kept. `ca-key.pem` holds the key of the issuing CA and then its certificate, `leaf.pem` the whole chain. */
export const fileNames = ['ca.pem', 'ca-key.pem', 'leaf.pem', 'leaf-key.pem'] as const
export type FileName = (typeof fileNames)[number]
export type Files = Partial<Record<FileName, string>>

/** Where certificates are kept: a folder, or the memory of this process. */
export interface Storage {
  /** How a user finds the file. */
  path(name: FileName): string
  read(): Promise<Files>
  /** In this order: what is read meanwhile may be half of it, but each file is whole. */
  write(files: readonly (readonly [FileName, string])[]): Promise<void>
  /** One at a time, of all processes that use it. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export function memory(begun: Files = {}): Storage {
  const files = { ...begun }
  let last: Promise<unknown> = Promise.resolve()
  return {
    path: name => name,
    read: async () => ({ ...files }),
    async write(changed) {
      for (const [name, text] of changed) files[name] = text
    },
    alone(work) {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    }
  }
}

/** Milliseconds; no work takes as long: whoever left a lock behind has died. */
const patience = 5_000

export function folderStorage(folder: string): Storage {
  const path = (name: string) => resolve(folder, name)
  const refused = (error: unknown) => new UnwritableFolder(folder, (error as NodeJS.ErrnoException).code, 'CA')
  return {
    path,
    async read() {
      const texts = await Promise.all(fileNames.map(name => textOf(path(name))))
      return Object.fromEntries(fileNames.map((name, i) => [name, texts[i]]).filter(([, text]) => text !== undefined))
    },
    async write(files) {
      for (const [name, text] of files) {
        const draft = path(`${name}.${randomUUID()}`)
        try {
          await writeFile(draft, text, { mode: name.includes('key') ? 0o600 : 0o644, flag: 'wx' })
          await rename(draft, path(name))
        } catch (error) {
          await unlink(draft).catch(() => undefined)
          throw refused(error)
        }
      }
    },
    async alone(work) {
      const lock = path('ca.lock')
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch(error => {
        throw refused(error)
      })
      for (let waited = 0; ; waited += 20) {
        try {
          await writeFile(lock, `${hostname()} ${process.pid}`, { flag: 'wx', mode: 0o600 })
          break
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refused(error)
        }
        if (waited > patience || (await isAbandoned(lock))) {
          await unlink(lock).catch(error => {
            // Another may have been faster; what is no file stands there for ever.
            if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refused(error)
          })
        }
        await pause(20)
      }
      try {
        return await work()
      } finally {
        await unlink(lock).catch(() => undefined)
      }
    }
  }
}

/** Whether the lock's owner is dead, or seems so. Another machine or container may share the folder, but not its processes. */
async function isAbandoned(lock: string): Promise<boolean> {
  try {
    const [host, pid = ''] = (await readFile(lock, 'utf8')).split(' ')
    if (host === hostname() && /^\d+$/.test(pid) && !lives(Number(pid))) return true
    return Date.now() - (await stat(lock)).mtimeMs > patience
  } catch (error) {
    // Gone, or not ours to read: the next try will tell. A folder of that name is nobody's lock.
    return (error as NodeJS.ErrnoException).code === 'EISDIR'
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    // Reading a pipe would wait for ever.
    if (!(await stat(file)).isFile()) throw Object.assign(new Error(), { code: 'it is no file' })
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read (${code}); make it readable, or delete it and a new one is made`)
  }
}
