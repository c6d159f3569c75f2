// Runs once, before the first test file and after the last: all files and workers share one emulator, by its address.
import { createEmulator } from 'mde-emulator'

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const emulator = await createEmulator()
  project.provide('url', await emulator.listen({ port: 0 }))
  return () => emulator.close()
}
