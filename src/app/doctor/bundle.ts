/**
 * A document for strangers who help. It is made of figures, of words from fixed lists, and of names that this program
 * gave: no text that anybody typed, sent or was given gets in, so nothing has to be taken out.
 */

import { availableParallelism, totalmem } from "node:os"
import manifest from "../../../package.json" with { type: "json" }
import { type Row, rows } from "../../config/schema.ts"
import type { Report } from "./check.ts"
import type { Patient } from "./doctor.ts"
import { sqliteVersion } from "./machine.ts"

export async function bundleOf({ settings, origins, store, backups, metrics, clock }: Patient, report: Report) {
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = settings
  const isOpen = !(store instanceof Error)
  return {
    restante: manifest.version,
    at: clock.now(),
    bun: Bun.version,
    sqlite: sqliteVersion(),
    machine: {
      platform: process.platform,
      arch: process.arch,
      processors: availableParallelism(),
      memoryBytes: totalmem(),
      isRunning: metrics !== null,
      uptimeSeconds: Math.floor(process.uptime()),
    },
    level: report.level,
    checks: report.items.map(({ id, level, ms, facts }) => ({ id, level, ms, facts: facts ?? {} })),
    settings: rows.map((row) => ({
      key: row.path,
      from: origins.get(row.path)?.from ?? "default",
      value: harmlessValue(row, groups[row.section]?.[row.key]),
    })),
    store: isOpen ? await store.measure() : { fault: store.code },
    registrations: isOpen ? await store.accountCounts() : null,
    backups: (await backups?.list())?.items.map(({ name: _, ...one }) => one) ?? [],
    // Labels of figures are from fixed lists, too (base/metrics).
    metrics: metrics && (await metrics()),
  }
}

/** A number, yes or no, or words of a list that the schema has; null for all that is typed freely, or secret. */
function harmlessValue({ kind, secret }: Row, value: unknown): unknown {
  if (secret) return null
  if (typeof value === "number" || typeof value === "boolean") return value
  const words = Array.isArray(value) ? value : [value]
  const isOfList = words.every((word) => typeof word === "string" && kind.words.includes(word))
  return isOfList && kind.words.length > 0 ? value : null
}
