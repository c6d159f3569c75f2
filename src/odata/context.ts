/**
 * `@odata.context`: where the type of an answer is described. A selection stands behind it in parentheses (OData JSON
 * Format 4.0, section 10.7), before `/$entity`.
 */
export function contextUrl(root: string, fragment: string, select?: readonly string[]): string {
  const list = select === undefined ? '' : `(${select.join(',')})`
  const [head, tail] = fragment.endsWith('/$entity') ? [fragment.slice(0, -8), '/$entity'] : [fragment, '']
  return `${root}/$metadata#${head}${list}${tail}`
}
