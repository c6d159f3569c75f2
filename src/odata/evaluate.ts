import type { Compare, Expression, In, Lambda, Path } from './expression.js'

type Value = string | number | boolean | null | undefined | object
/** Values of lambda variables, by name. */
type Scope = { readonly name: string; readonly value: Value; readonly outer: Scope } | undefined
type Evaluate = (row: Record<string, unknown>, scope: Scope) => Value

/**
 * An expression as a function of a row. Null behaves as OData 4.0 says (part 2, 5.1.1.1): equal to null only, never
 * less or greater. A condition that is null counts as false, also below `not`: two truth values are enough for what can
 * be asked here, since comparisons are never null.
 */
export function compile(expression: Expression): (row: Record<string, unknown>) => boolean {
  const evaluate = compileNode(expression)
  return row => evaluate(row, undefined) === true
}

function compileNode(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression
      return () => value
    }
    case 'path':
      return compilePath(expression)
    case 'call': {
      const [first, second] = expression.args.map(compileNode)
      const apply = calls[expression.name]
      return (row, scope) => {
        const a = first!(row, scope)
        const b = second?.(row, scope)
        return typeof a !== 'string' || (second !== undefined && typeof b !== 'string') ? null : apply(a, b as string)
      }
    }
    case 'compare':
      return compileComparison(expression)
    case 'in':
      return compileIn(expression)
    case 'not': {
      const operand = compileNode(expression.operand)
      return (row, scope) => operand(row, scope) !== true
    }
    case 'and': {
      const [left, right] = [compileNode(expression.left), compileNode(expression.right)]
      return (row, scope) => left(row, scope) === true && right(row, scope) === true
    }
    case 'or': {
      const [left, right] = [compileNode(expression.left), compileNode(expression.right)]
      return (row, scope) => left(row, scope) === true || right(row, scope) === true
    }
    default:
      return compileLambda(expression)
  }
}

const calls = {
  contains: (a: string, b: string) => a.includes(b),
  startswith: (a: string, b: string) => a.startsWith(b),
  endswith: (a: string, b: string) => a.endsWith(b),
  // Invariant case mapping: the same answer in every locale.
  tolower: (a: string) => a.toLowerCase(),
  toupper: (a: string) => a.toUpperCase(),
  length: (a: string) => a.length
} satisfies Record<string, (a: string, b: string) => Value>

function compilePath({ variable, steps, type, members }: Path): Evaluate {
  const names = steps.map(({ name }) => name)
  const [only] = names
  const read: Evaluate =
    variable === undefined && names.length === 1
      ? row => row[only!] as Value
      : (row, scope) => {
          let value: Value = variable === undefined ? row : lookUp(scope, variable)
          for (const name of names) value = (value as Record<string, Value> | null | undefined)?.[name]
          return value
        }
  const convert = comparable(type, members)
  if (convert === undefined) return (row, scope) => read(row, scope) ?? null
  return (row, scope) => {
    const value = read(row, scope)
    return value === null || value === undefined ? null : convert(value as string)
  }
}

/** How values of a column become what literals were made into. */
export function comparable(
  type: Path['type'],
  members: ReadonlyMap<string, number> | undefined
): ((value: string) => string | number) | undefined {
  if (type === 'date') return value => value.slice(0, -1)
  if (type === 'guid') return value => value.toLowerCase()
  if (type === 'enum') return value => members?.get(value) ?? Number.NaN
  return undefined
}

function compileComparison({ operator, left: a, right: b }: Compare): Evaluate {
  const [left, right] = [compileNode(a), compileNode(b)]
  switch (operator) {
    case 'eq':
      return (row, scope) => (left(row, scope) ?? null) === (right(row, scope) ?? null)
    case 'ne':
      return (row, scope) => (left(row, scope) ?? null) !== (right(row, scope) ?? null)
    case 'gt':
      return ordered(left, right, (x, y) => x > y)
    case 'ge':
      return ordered(left, right, (x, y) => x >= y)
    case 'lt':
      return ordered(left, right, (x, y) => x < y)
    default:
      return ordered(left, right, (x, y) => x <= y)
  }
}

function ordered(left: Evaluate, right: Evaluate, compare: (x: string, y: string) => boolean): Evaluate {
  return (row, scope) => {
    const [x, y] = [left(row, scope), right(row, scope)]
    return x !== null && x !== undefined && y !== null && y !== undefined && compare(x as string, y as string)
  }
}

function compileIn({ operand: of, list }: In): Evaluate {
  const operand = compileNode(of)
  const values = new Set(list.map(({ value }) => value).filter(value => !Number.isNaN(value)))
  return (row, scope) => values.has((operand(row, scope) ?? null) as string | null)
}

function compileLambda({ kind, over, variable, body: of }: Lambda): Evaluate {
  const elements = compilePath(over)
  if (of === undefined) return (row, scope) => ((elements(row, scope) as Value[] | null)?.length ?? 0) > 0
  const body = compileNode(of)
  return (row, outer) => {
    const values = (elements(row, outer) as Value[] | null) ?? []
    const holds = (value: Value) => body(row, { name: variable!, value, outer }) === true
    return kind === 'any' ? values.some(holds) : values.every(holds)
  }
}

function lookUp(scope: Scope, name: string): Value {
  for (let inner = scope; inner !== undefined; inner = inner.outer) if (inner.name === name) return inner.value
  return null
}
