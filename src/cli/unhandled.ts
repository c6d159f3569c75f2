import type { Emulator } from '../emulator.js'
import type { Options } from '../options.js'

/** Does what `--on-unhandled` says; resolves with the first request that nothing serves when it is to end the command. */
export function watchUnhandled(
  { control }: Emulator,
  mode: Options['onUnhandled'],
  warn: (text: string) => void
): Promise<void> {
  return new Promise(resolve => {
    if (mode === undefined) return
    control.requests.onUnhandled(({ method, path, status, nearest }) => {
      const meant = nearest === null ? '' : `; nearest is ${nearest}`
      warn(`mde-emulator: nothing serves ${method} ${path}, it answered ${status}${meant}`)
      if (mode === 'exit') resolve()
    })
  })
}
