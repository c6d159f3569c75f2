import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package: code stands at some depth in it, bundled or not; `fixtures` stands at its top. */
const folder = (() => {
  let above = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(above, 'fixtures'))) above = dirname(above)
  return above
})()

/** A file that comes with the package, such as `fixtures/catalog.json`. */
export function packageFile(path: string): string {
  return join(folder, path)
}
