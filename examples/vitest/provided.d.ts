declare module 'vitest' {
  interface ProvidedContext {
    /** Where the emulator is. */
    url: string
  }
}

export {}
