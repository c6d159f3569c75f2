import ts from 'typescript'

/**
 * Compiles files of a folder as strictly as can be, beside themselves; answers with what is wrong. The folder must lie
 * in this project, or the packages that the files import are not found.
 */
export function compiled(folder: string, files: readonly string[]): string[] {
  const program = ts.createProgram(
    files.map(file => `${folder}/${file}`),
    {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noImplicitReturns: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
      // Of other people's packages.
      skipLibCheck: true
    }
  )
  const { diagnostics } = program.emit()
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, start, messageText }) => {
    const line =
      file === undefined ? '' : `${file.fileName}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1} `
    return line + ts.flattenDiagnosticMessageText(messageText, '\n')
  })
}
