import { ODataError } from './errors.js'
import type { Comparison, Expression, ValueType } from './expression.js'

/*
 * What may stand beside what in `$filter`. The service knows the types of its properties and refuses, before it reads a
 * row, what can never hold.
 */

export const option = '$filter'

/** Both sides of a comparison, the string beside an enumeration or a guid turned into its like. */
export function operands(
  left: Expression,
  right: Expression,
  operator: Comparison,
  position: number
): [Expression, Expression] {
  const [a, b] = [adapted(left, right), adapted(right, left)]
  const ordered = operator !== 'eq' && operator !== 'ne'
  const family = a.type === 'null' ? b.type : a.type
  const alike = a.type === b.type || a.type === 'null' || b.type === 'null'
  if (
    !alike ||
    family === 'collection' ||
    (family === 'complex' && a.type === b.type) ||
    (ordered && family === 'boolean')
  ) {
    throw new ODataError(
      option,
      position,
      `${typeName(a)} cannot be compared with ${typeName(b)} by '${operator}'`,
      family === 'collection' ? 'any(...) or all(...) over a collection' : 'operands of one type'
    )
  }
  return [a, b]
}

/** An expression that is true or false. */
export function condition(expression: Expression): Expression {
  if (expression.type === 'boolean' || expression.type === 'null') return expression
  throw new ODataError(
    option,
    expression.position,
    `${typeName(expression)} is no condition`,
    'a comparison or a function that is true or false'
  )
}

/** A string literal beside an enumeration is a member's name, beside a guid a guid. */
function adapted(expression: Expression, other: Expression): Expression {
  if (expression.kind !== 'literal' || expression.type !== 'string') return expression
  if (other.type === 'enum' && other.kind === 'path') {
    return { ...expression, type: 'enum', value: other.members?.get(expression.value as string) ?? Number.NaN }
  }
  if (other.type === 'guid' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(expression.value as string)) {
    return { ...expression, type: 'guid', value: (expression.value as string).toLowerCase() }
  }
  return expression
}

const edmTypes: Record<ValueType, string> = {
  string: 'Edm.String',
  number: 'a number',
  boolean: 'Edm.Boolean',
  date: 'Edm.DateTimeOffset',
  guid: 'Edm.Guid',
  enum: 'an enumeration',
  complex: 'a complex type',
  collection: 'a collection',
  null: 'null'
}

/** The type of an expression, for messages. */
export function typeName(expression: Expression): string {
  return expression.kind === 'path'
    ? `${expression.edmType} '${expression.steps.at(-1)?.name ?? expression.variable}'`
    : edmTypes[expression.type]
}
