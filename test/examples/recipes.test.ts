import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { repository } from './container.js'

/** What runs the commands of the README in CI. */
const { blocksOf, run } = await import(pathToFileURL(join(repository, '.ci/commands.mjs')).href)
const folder = join(repository, 'examples')
const page = (recipe: string) => readFileSync(join(folder, recipe, 'README.md'), 'utf8')

/** Recipes that need nothing but Node, and what their commands say at the end. */
const recipes: Record<string, RegExp> = {
  tap: /^# \{ total: 12, pass: 12 \}$/m,
  'node-test': /^(# |ℹ )pass 5$/m,
  vitest: /Tests {2}4 passed \(4\)/
}

for (const [recipe, says] of Object.entries(recipes)) {
  t.test(`${recipe}, by the commands of its page`, async t => {
    // Of this process only what a user's shell has too: tap tells its children what they are.
    const { PATH, HOME } = process.env
    const { code, output } = await run(blocksOf(page(recipe)), repository, { PATH, HOME, NO_COLOR: '1' })
    if (code !== 0) t.comment(output)
    t.equal(code, 0)
    t.match(output, says)
  })
}

t.test('every folder has a page, and every page a line in the list', async t => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())
  const list = readFileSync(join(folder, 'README.md'), 'utf8')
  for (const { name } of folders) {
    t.match(list, `(${name}/README.md)`)
    t.ok(blocksOf(page(name)).length > 0, `${name} says how to run it`)
  }
  for (const [, link] of list.matchAll(/\]\(([^)]+)\)/g)) t.ok(existsSync(join(folder, link!)), link)
})
