/** How calls of the control plane answer with many things. */
export function listOf(items: object) {
  return { type: 'object', properties: { value: { type: 'array', items } }, required: ['value'] } as const
}
