import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Found {
  id: string
  impact: string | null
  help: string
  nodes: { target: unknown[]; failureSummary?: string }[]
}
declare const axe: { run(what: unknown, how: unknown): Promise<{ violations: Found[] }> }

/**
 * What axe finds serious or critical by WCAG 2.2 AA, in light and in dark. A mail shown in its frame is somebody else's page.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  const found: string[] = []
  await page.evaluate(axeSource)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await coloursSettle(page)
    // in the dark only colours are different
    const runOnly =
      colorScheme === 'light'
        ? { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
        : { type: 'rule', values: ['color-contrast'] }
    const violations = await page.evaluate(async (options) => (await axe.run(document, options)).violations, {
      runOnly,
      resultTypes: ['violations'],
      iframes: false,
    })
    for (const { id, impact, help, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue
      const where = nodes
        .slice(0, 3)
        .map(({ target, failureSummary }) => `    ${target.join(' ')}: ${failureSummary?.replaceAll(/\s+/g, ' ')}`)
      found.push(`  ${colorScheme}: ${id} (${impact}): ${help}`, ...where)
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

/** Colours may still be on their way from light to dark. */
const coloursSettle = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn))
    do {
      await frame()
      await frame()
    } while (
      document.getAnimations().some((animation) => animation instanceof CSSTransition && animation.playState === 'running')
    )
  })
