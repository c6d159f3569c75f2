const namespace = /^microsoft\.windowsdefenderatp\.api\./i

/**
 * OData's addresses in the plain form that the router knows: keys in parentheses and bound functions, qualified or not,
 * with or without `()`. `/api/Software('id')/microsoft.windowsDefenderATP.api.GetMissingKbs()` becomes
 * `/api/Software/id/GetMissingKbs`. The arguments of a function become a segment of their own, in their parentheses; what
 * cannot be understood stays as it is.
 */
export function canonicalPath(path: string): string {
  if (!path.includes('(') && !/%2[48]|windowsdefenderatp\.api\./i.test(path)) return path
  return path
    .replaceAll('%24', '$')
    .split('/')
    .map(segment => canonicalSegment(segment))
    .join('/')
}

function canonicalSegment(segment: string): string {
  let text: string
  try {
    text = decodeURIComponent(segment)
  } catch {
    return segment
  }
  const plain = text.replace(namespace, '')
  const [, name, inside] = /^([A-Za-z]\w*)\((.*)\)$/s.exec(plain) ?? []
  if (name === undefined) return plain === text ? segment : encodeURIComponent(plain)
  if (inside === '') return name
  const key = /^(?:id=)?'((?:[^']|'')*)'$/is.exec(inside!)?.[1]
  if (key !== undefined && key !== '') return `${name}/${encodeURIComponent(key.replaceAll("''", "'"))}`
  return /^\w+\s*=/.test(inside!) ? `${name}/${encodeURIComponent(`(${inside})`)}` : segment
}
