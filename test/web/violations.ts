/** What keeps somebody out of a page, as axe sees it. */

import { expect } from "bun:test"
import type { Page } from "playwright-core"

const axe = Bun.file(new URL(import.meta.resolve("axe-core/axe.min.js")))

/**
 * axe's own options for contrast, and one of ours: what stands before elements here only decorates their edges, and axe
 * would not judge the text beside it at all. They replace the others, so that all of them have to be here.
 */
const contrast = {
  ignoreUnicode: true,
  ignoreLength: false,
  ignorePseudo: true,
  boldValue: 700,
  boldTextPt: 14,
  largeTextPt: 18,
  contrastRatio: { normal: { expected: 4.5 }, large: { expected: 3 } },
  pseudoSizeThreshold: 0.25,
  shadowOutlineEmMax: 0.2,
  textStrokeEmMin: 0.03,
}

type Violation = { id: string; help: string; nodes: { html: string; any: { data?: { messageKey?: string } }[] }[] }

/** What axe finds on the page as it is, in a line each. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) {
    await page.evaluate(await axe.text())
    await page.evaluate(`axe.configure({ checks: [{ id: "color-contrast", options: ${JSON.stringify(contrast)} }] })`)
  }
  const { found, unsure, passed }: { found: Violation[]; unsure: Violation[]; passed: number } = await page.evaluate(
    "axe.run().then(({ violations, incomplete, passes }) => ({ found: violations, unsure: incomplete, passed: passes.length }))",
  )
  expect(passed).toBeGreaterThan(15)
  // A background that axe cannot read hides every text on it: that is only so for the arrow of a select.
  const unread = unsure.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes)
  const hidden = unread.filter(
    ({ html, any }) => /^(?:bg|pseudo|$)/.test(any[0]?.data?.messageKey ?? "") && !html.startsWith("<select"),
  )
  expect(hidden.map(({ html }) => html)).toEqual([])
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`))
}
