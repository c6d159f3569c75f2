import type { Property } from './entity.js'

/** What a value is, besides a property's family: the null literal fits everywhere. */
export type ValueType = 'string' | 'number' | 'boolean' | 'date' | 'guid' | 'enum' | 'complex' | 'collection' | 'null'

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

export interface Literal {
  readonly kind: 'literal'
  readonly type: ValueType
  /** Numbers as numbers, members of enumerations by value (NaN when unknown), dates canonical, the rest as text. */
  readonly value: string | number | boolean | null
  readonly text: string
  readonly position: number
}

export interface Path {
  readonly kind: 'path'
  /** Lambda variable that it starts from; undefined for the row. */
  readonly variable: string | undefined
  readonly steps: readonly Property[]
  readonly type: ValueType
  readonly members: ReadonlyMap<string, number> | undefined
  readonly edmType: string
  readonly position: number
}

export interface Call {
  readonly kind: 'call'
  readonly name: FunctionName
  readonly args: readonly Expression[]
  readonly type: ValueType
  readonly position: number
}

export interface Compare {
  readonly kind: 'compare'
  readonly operator: Comparison
  readonly left: Expression
  readonly right: Expression
  readonly type: 'boolean'
  readonly position: number
}

export interface In {
  readonly kind: 'in'
  readonly operand: Expression
  readonly list: readonly Literal[]
  readonly type: 'boolean'
  readonly position: number
}

export interface Not {
  readonly kind: 'not'
  readonly operand: Expression
  readonly type: 'boolean'
  readonly position: number
}

export interface Logical {
  readonly kind: 'and' | 'or'
  readonly left: Expression
  readonly right: Expression
  readonly type: 'boolean'
  readonly position: number
}

export interface Lambda {
  readonly kind: 'any' | 'all'
  readonly over: Path
  /** Undefined for `any()`: is there one at all? */
  readonly variable: string | undefined
  readonly body: Expression | undefined
  readonly type: 'boolean'
  readonly position: number
}

export type Expression = Literal | Path | Call | Compare | In | Not | Logical | Lambda

/** Functions of OData 4.0 that are served: their parameters and result. */
export const functions = {
  contains: { parameters: ['string', 'string'], type: 'boolean' },
  startswith: { parameters: ['string', 'string'], type: 'boolean' },
  endswith: { parameters: ['string', 'string'], type: 'boolean' },
  tolower: { parameters: ['string'], type: 'string' },
  toupper: { parameters: ['string'], type: 'string' },
  length: { parameters: ['string'], type: 'number' }
} as const satisfies Record<string, { parameters: readonly ValueType[]; type: ValueType }>

export type FunctionName = keyof typeof functions

/** As an s-expression, for tests: `(and (gt cveAddressed 10) (not (eq id "1")))`. */
export function print(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' && expression.type === 'string'
        ? JSON.stringify(expression.value)
        : expression.text
    case 'path':
      return [
        ...(expression.variable === undefined ? [] : [expression.variable]),
        ...expression.steps.map(({ name }) => name)
      ].join('/')
    case 'call':
      return `(${[expression.name, ...expression.args.map(print)].join(' ')})`
    case 'compare':
      return `(${expression.operator} ${print(expression.left)} ${print(expression.right)})`
    case 'in':
      return `(in ${[expression.operand, ...expression.list].map(print).join(' ')})`
    case 'not':
      return `(not ${print(expression.operand)})`
    case 'and':
    case 'or':
      return `(${expression.kind} ${print(expression.left)} ${print(expression.right)})`
    default:
      return expression.body === undefined
        ? `(${expression.kind} ${print(expression.over)})`
        : `(${expression.kind} ${print(expression.over)} ${expression.variable} ${print(expression.body)})`
  }
}
