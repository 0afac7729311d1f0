import { expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ui = join(process.cwd(), 'web/app/ui')
const routes = join(process.cwd(), 'web/app/routes')
const sheets = readdirSync(ui).filter((file) => file.endsWith('.css'))
const read = (file: string) => readFileSync(join(ui, file), 'utf8')

/** --ink: light-dark(#1a1d24, #edeff3) */
const tokens = new Map(
  [...read('kontor.css').matchAll(/--([\w-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)/g)].map(([, name, light, dark]) => [
    name!,
    [light!, dark!] as const,
  ]),
)

/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = (hex: string): number => {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}
const onPaper = ['paper', 'surface', 'sunken', 'idle-wash']

test.each([
  ...['ink', 'ink-soft', 'accent'].flatMap((text) => onPaper.map((ground) => [text, ground, 4.5] as const)),
  ...['paper', 'surface', 'danger-wash'].map((ground) => ['danger', ground, 4.5] as const),
  ...['ok', 'warn', 'accent'].map((text) => [text, `${text}-wash`, 4.5] as const),
  ...['ink', 'ink-soft'].flatMap((text) =>
    ['ok', 'warn', 'danger', 'accent'].map((status) => [text, `${status}-wash`, 4.5] as const),
  ),
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-strong', 4.5],
  ['on-danger', 'danger', 4.5],
  ['line-strong', 'paper', 3],
  ['line-strong', 'surface', 3],
] as const)('%s on %s has a contrast of at least %s in both schemes', (text, ground, least) => {
  for (const scheme of [0, 1] as const) {
    const ratio = contrast(tokens.get(text)![scheme], tokens.get(ground)![scheme])
    expect(ratio).toBeGreaterThanOrEqual(least)
  }
})

test('colours live in the tokens: no other rule names one', () => {
  for (const sheet of sheets) {
    const outside = read(sheet)
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/:root \{[\s\S]*?\n {0,2}\}/g, '')
    // white is the ground that a QR code or somebody's mail needs in both schemes
    expect([sheet, outside.match(/#(?!fff\b)[\da-f]{3,8}\b/gi)]).toEqual([sheet, null])
  }
})

test('no inline style anywhere: the CSP forbids it', () => {
  for (const folder of [ui, routes])
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.tsx')))
      expect([file, /\bstyle=\{/.test(readFileSync(join(folder, file), 'utf8'))]).toEqual([file, false])
})
