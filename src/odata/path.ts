const namespace = /^microsoft\.windowsdefenderatp\.api\./i

/**
 * OData's addresses in the plain form that the router knows: keys in parentheses and bound functions, qualified or not,
 * with or without `()`. `/api/Software('id')/microsoft.windowsDefenderATP.api.GetMissingKbs()` becomes
 * `/api/Software/id/GetMissingKbs`. Functions with arguments stay as they are, and so does what cannot be understood:
 * the router knows neither.
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
  return key === undefined || key === '' ? segment : `${name}/${encodeURIComponent(key.replaceAll("''", "'"))}`
}
