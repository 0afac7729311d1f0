import { expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { bookedAs } from '../../../workflows/messages/account-decision'
import { sentenceFor } from './posted'

const folder = fileURLToPath(new URL('../../../activities/adapters/postgres/', import.meta.url))
/** What stands in a template: the number of something, or a count. */
const numbers = ['R-2026-000001', '7']

/** Every description that is given to a booking in a file, as a property or as an argument, each with what may stand in it. */
function descriptionsIn(name: string): string[][] {
  const file = ts.createSourceFile(name, readFileSync(folder + name, 'utf8'), ts.ScriptTarget.Latest, true)
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    nodes.push(node)
    node.forEachChild(visit)
  }
  visit(file)

  const words = new Map<string, string[]>()
  const places = new Map<string, number>()
  const nameIt = (called: ts.Node | undefined, to: ts.Node | undefined) => {
    if (!called || !ts.isIdentifier(called) || !to) return
    if (ts.isFunctionDeclaration(to) || ts.isArrowFunction(to)) {
      const place = to.parameters.findIndex((parameter) => parameter.name.getText() === 'description')
      if (place >= 0) places.set(called.text, place)
    } else if (ts.isStringLiteral(to)) words.set(called.text, [...(words.get(called.text) ?? []), to.text])
  }
  for (const node of nodes) {
    if (ts.isFunctionDeclaration(node)) nameIt(node.name, node)
    if (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) nameIt(node.name, node.initializer)
  }

  const unknown = (node: ts.Node): never => {
    throw new Error(`${name}: nobody can tell from ${node.getText()} what is booked`)
  }
  const within = (node: ts.Expression): string[] => (ts.isIdentifier(node) && words.get(node.text)) || numbers
  /** All that an expression may say: of each text what it may be in full. */
  const said = (node: ts.Expression): string[][] => {
    if (ts.isStringLiteralLike(node)) return [[node.text]]
    if (ts.isConditionalExpression(node)) return [...said(node.whenTrue), ...said(node.whenFalse)]
    if (ts.isTemplateExpression(node)) {
      const fixed = node.templateSpans.some(({ expression }) => within(expression) !== numbers)
      const full = node.templateSpans.reduce(
        (before, { expression, literal }) =>
          before.flatMap((text) => within(expression).map((word) => text + word + literal.text)),
        [node.head.text],
      )
      return fixed ? full.map((text) => [text]) : [full]
    }
    // all of them are looked at below; what is handed on was given to whoever hands it on
    if (/^bookedAs\b/.test(node.getText()) || node.getText() === 'description') return []
    return unknown(node)
  }
  return nodes.flatMap((node) => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'description') return said(node.initializer)
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const given = node.arguments[places.get(node.expression.text) ?? -1]
      return given ? said(given) : []
    }
    // written in SQL: 'Invoice ' || …
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      return [...node.text.matchAll(/insert into "LedgerTransaction"[^;]*?'([A-Z][a-z ]+)' \|\|/g)].map((found) =>
        numbers.map((word) => `${found[1] ?? ''}${word}`),
      )
    return []
  })
}

test('BEY-48 whatever is booked is said in the reader’s language', () => {
  const files = readdirSync(folder).filter((name) => /\.ts$/.test(name) && !/\.(test|fixture)\.ts$/.test(name))
  const booked = [...files.flatMap(descriptionsIn), ...Object.values(bookedAs).map((text) => [text])]
  const all = booked.map(([text]) => text)
  // each way of writing one down is found
  for (const text of [
    'Refunded',
    'Invoices paid',
    'Fee of the bank',
    'Goodwill',
    'Direct debits collected',
    'Invoice R-2026-000001',
    'Charged back, written off',
  ])
    expect(all).toContain(text)
  expect(booked.filter((texts) => !texts.some(sentenceFor))).toEqual([])
})
