import type { Entity, Property } from './entity.js'
import { ODataError, quoted } from './errors.js'
import {
  type Call,
  type Comparison,
  type Expression,
  type FunctionName,
  functions,
  type Literal,
  type Path,
  type ValueType
} from './expression.js'
import { Lexer, type Token, type TokenKind } from './lexer.js'
import { condition, operands, option, typeName } from './typing.js'

/*
 * A Pratt-style parser for `$filter` (OData 4.0, part 2, section 5.1.1), with the precedence of its table:
 *
 *   filter     = or END
 *   or         = and *( "or" and )
 *   and        = equality *( "and" equality )
 *   equality   = relational *( ( "eq" / "ne" ) relational )
 *   relational = unary *( ( "gt" / "ge" / "lt" / "le" ) unary )
 *   unary      = "not" unary / membership
 *   membership = primary [ "in" "(" literal *( "," literal ) ")" ]
 *   primary    = "(" or ")" / literal / function "(" or *( "," or ) ")" / path
 *   path       = name *( "/" name ) [ "/" ( "any" / "all" ) "(" [ variable ":" or ] ")" ]
 *
 * `not` binds tighter than a comparison, there and in the .NET library of the service (UriQueryExpressionParser): so
 * `not name eq 'x'` negates a string and is refused, as production would. Operators, functions and property names are
 * matched without regard to case (clients write `AND`).
 */

/** Characters; a list of ids is long, anything longer is an attack. */
const longest = 65_536
const deepest = 100
const mostOperators = 2_000

export interface FilterRules {
  /** Properties that may be used; all when absent. */
  filterable?: readonly string[] | undefined
}

/** Text to expression, with names and types resolved. Throws `ODataError`. */
export function parseFilter(text: string, entity: Entity, rules: FilterRules = {}): Expression {
  if (text.length > longest) {
    throw new ODataError(option, undefined, `${text.length} characters are too long`, `at most ${longest}`)
  }
  return new Parser(text, entity, rules).parse()
}

class Parser {
  readonly #lexer: Lexer
  readonly #entity: Entity
  readonly #rules: FilterRules
  /** Lambda variables in scope, the innermost last. */
  readonly #variables: { name: string; element: Property }[] = []
  #token: Token
  #depth = 0
  #operators = 0

  constructor(text: string, entity: Entity, rules: FilterRules) {
    this.#lexer = new Lexer(text, option)
    this.#entity = entity
    this.#rules = rules
    this.#token = this.#lexer.next()
  }

  parse(): Expression {
    const expression = this.#or()
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end')
    return condition(expression)
  }

  #or(): Expression {
    return this.#nested(() => {
      let left = this.#and()
      for (let token = this.#keyword('or'); token !== undefined; token = this.#keyword('or')) {
        const right = condition(this.#and())
        left = { kind: 'or', left: condition(left), right, type: 'boolean', position: token.position }
      }
      return left
    })
  }

  #and(): Expression {
    let left = this.#equality()
    for (let token = this.#keyword('and'); token !== undefined; token = this.#keyword('and')) {
      const right = condition(this.#equality())
      left = { kind: 'and', left: condition(left), right, type: 'boolean', position: token.position }
    }
    return left
  }

  #equality(): Expression {
    return this.#comparisons(['eq', 'ne'], () => this.#comparisons(['gt', 'ge', 'lt', 'le'], () => this.#unary()))
  }

  #comparisons(operators: readonly Comparison[], operand: () => Expression): Expression {
    let left = operand()
    for (;;) {
      const token = this.#keyword(...operators)
      if (token === undefined) return left
      const operator = token.text.toLowerCase() as Comparison
      const [a, b] = operands(left, operand(), operator, token.position)
      left = { kind: 'compare', operator, left: a, right: b, type: 'boolean', position: token.position }
    }
  }

  #unary(): Expression {
    const token = this.#keyword('not')
    if (token === undefined) return this.#membership()
    return this.#nested(() => {
      const operand = this.#unary()
      if (operand.type !== 'boolean' && operand.type !== 'null') {
        throw new ODataError(
          option,
          token.position,
          `'not' stands before ${typeName(operand)}, and it binds tighter than a comparison`,
          "a condition, in parentheses: not (name eq 'x')"
        )
      }
      return { kind: 'not', operand, type: 'boolean', position: token.position }
    })
  }

  #membership(): Expression {
    const operand = this.#primary()
    const token = this.#keyword('in')
    if (token === undefined) return operand
    this.#expect('(', "'(' and a list of literals")
    const list: Literal[] = []
    do {
      const item = this.#literal()
      if (item === undefined) throw this.#unexpected('a literal')
      list.push(operands(operand, item, 'eq', item.position)[1] as Literal)
    } while (this.#accept(','))
    this.#expect(')', "',' or ')'")
    return { kind: 'in', operand, list, type: 'boolean', position: token.position }
  }

  #primary(): Expression {
    if (this.#accept('(')) {
      const inner = this.#or()
      this.#expect(')', "')' or an operator")
      return inner
    }
    const literal = this.#literal()
    if (literal !== undefined) return literal
    if (this.#token.kind !== 'identifier') throw this.#unexpected('a property, a literal, a function or a parenthesis')
    const name = this.#advance()
    return this.#at('(') ? this.#call(name) : this.#path(name)
  }

  #literal(): Literal | undefined {
    const { kind, text, value, position } = this.#token
    const make = (type: ValueType, of: Literal['value']): Literal => {
      this.#advance()
      return { kind: 'literal', type, value: of, text, position }
    }
    switch (kind) {
      case 'string':
        return make('string', value)
      case 'member':
        // `Namespace.Type'Member'` is what it is compared with: a member, by its name.
        return make('string', value)
      case 'number':
        return make('number', Number(value))
      case 'date':
        return make('date', value)
      case 'guid':
        return make('guid', value)
      case 'identifier':
        if (/^null$/i.test(text)) return make('null', null)
        if (/^(true|false)$/i.test(text) && !this.#isVariable(text)) return make('boolean', /^true$/i.test(text))
        return undefined
      default:
        return undefined
    }
  }

  #call(name: Token): Call {
    const known = name.text.toLowerCase()
    if (!Object.hasOwn(functions, known)) {
      throw new ODataError(
        option,
        name.position,
        `there is no function ${quoted(name.text)} here`,
        `one of ${Object.keys(functions).join(', ')}`
      )
    }
    const { parameters, type } = functions[known as FunctionName]
    this.#expect('(', "'('")
    const args: Expression[] = []
    for (const [index, parameter] of parameters.entries()) {
      if (index > 0) this.#expect(',', `',' and argument ${index + 1} of ${parameters.length} of ${known}`)
      const argument = this.#or()
      if (argument.type !== parameter && argument.type !== 'null') {
        throw new ODataError(
          option,
          argument.position,
          `argument ${index + 1} of ${known} is ${typeName(argument)}`,
          `a ${parameter}`
        )
      }
      args.push(argument)
    }
    this.#expect(
      ')',
      `')': ${known} takes ${parameters.length === 1 ? 'one argument' : `${parameters.length} arguments`}`
    )
    return { kind: 'call', name: known as FunctionName, args, type, position: name.position }
  }

  #path(name: Token): Expression {
    const variable = this.#variables.findLast(({ name: known }) => known === name.text)
    const steps: Property[] = []
    let element = variable?.element
    if (variable === undefined) {
      element = this.#property(name, this.#entity, true)
      steps.push(element)
    }
    while (this.#accept('/')) {
      if (this.#token.kind !== 'identifier') throw this.#unexpected('a property')
      const next = this.#advance()
      const isCollection = element!.collection && steps.length > 0
      if (/^(any|all)$/i.test(next.text) && this.#at('(')) {
        return this.#lambda(next, this.#pathOf(name, variable?.name, steps, element!))
      }
      if (isCollection) {
        throw new ODataError(option, next.position, `${element!.name} is a collection`, 'any(...) or all(...) after it')
      }
      if (element!.entity === undefined) {
        throw new ODataError(option, next.position, `${element!.name} has no properties`, 'an operator')
      }
      element = this.#property(next, element!.entity, false)
      steps.push(element)
    }
    return this.#pathOf(name, variable?.name, steps, element!)
  }

  #pathOf(name: Token, variable: string | undefined, steps: readonly Property[], last: Property): Path {
    const collection = last.collection && steps.length > 0
    return {
      kind: 'path',
      variable,
      steps,
      type: collection ? 'collection' : last.family,
      members: last.members,
      edmType: collection ? `Collection(${last.edmType})` : last.edmType,
      position: name.position
    }
  }

  #property(name: Token, entity: Entity, top: boolean): Property {
    const property = entity.find(name.text)
    const { filterable } = this.#rules
    if (property === undefined) {
      const names = (top ? filterable : undefined) ?? entity.properties.map(({ name: known }) => known)
      throw new ODataError(
        option,
        name.position,
        `there is no property ${quoted(name.text)}`,
        `one of ${names.join(', ')}, or a text in single quotes`
      )
    }
    if (top && filterable !== undefined && !filterable.includes(property.name)) {
      throw new ODataError(
        option,
        name.position,
        `property ${quoted(property.name)} cannot be used in $filter here`,
        `one of ${filterable.join(', ')}`
      )
    }
    return property
  }

  #lambda(keyword: Token, over: Path): Expression {
    const kind = keyword.text.toLowerCase() as 'any' | 'all'
    if (over.type !== 'collection') {
      throw new ODataError(
        option,
        keyword.position,
        `${over.edmType} is no collection`,
        'any and all after a collection'
      )
    }
    this.#expect('(', "'('")
    if (kind === 'any' && this.#accept(')')) {
      return { kind, over, variable: undefined, body: undefined, type: 'boolean', position: keyword.position }
    }
    if (this.#token.kind !== 'identifier') throw this.#unexpected('a variable, such as any(x: x eq ...)')
    const { text: variable } = this.#advance()
    this.#expect(':', `':' after the variable ${quoted(variable)}`)
    this.#variables.push({ name: variable, element: over.steps.at(-1)! })
    const body = condition(this.#or())
    this.#variables.pop()
    this.#expect(')', "')' or an operator")
    return { kind, over, variable, body, type: 'boolean', position: keyword.position }
  }

  #isVariable(name: string): boolean {
    return this.#variables.some(({ name: known }) => known === name)
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > deepest) {
      throw new ODataError(
        option,
        this.#token.position,
        'the expression is nested too deeply',
        `at most ${deepest} levels`
      )
    }
    const parsed = parse()
    this.#depth--
    return parsed
  }

  #keyword(...words: readonly string[]): Token | undefined {
    const { kind, text } = this.#token
    if (kind !== 'identifier' || !words.includes(text.toLowerCase())) return undefined
    if (++this.#operators > mostOperators) {
      throw new ODataError(option, this.#token.position, 'there are too many operators', `at most ${mostOperators}`)
    }
    return this.#advance()
  }

  #at(kind: TokenKind): boolean {
    return this.#token.kind === kind
  }

  #accept(kind: TokenKind): boolean {
    if (!this.#at(kind)) return false
    this.#advance()
    return true
  }

  #expect(kind: TokenKind, expected: string): void {
    if (!this.#accept(kind)) throw this.#unexpected(expected)
  }

  #advance(): Token {
    const token = this.#token
    this.#token = this.#lexer.next()
    return token
  }

  #unexpected(expected: string): ODataError {
    const { kind, text, position } = this.#token
    return new ODataError(option, position, `found ${kind === 'end' ? 'the end' : quoted(text)}`, expected)
  }
}
