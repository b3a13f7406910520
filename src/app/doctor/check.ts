import type { Clock } from "../../base/clock.ts"
import { Fault } from "../../faults.ts"

export type Level = "ok" | "warn" | "fail"

/** What was found. `facts` are figures only: they may be shown to strangers, the texts may not. */
export type Finding = {
  readonly level: Level
  readonly why: string
  /** What to do about it; null where nothing needs to be done. */
  readonly fix: string | null
  readonly facts?: Readonly<Record<string, number | boolean | null>>
}

export type Check = {
  readonly id: string
  readonly title: string
  look(): Finding | Promise<Finding>
}

export type Checked = Finding & { readonly id: string; readonly title: string; readonly ms: number }
export type Report = { readonly level: Level; readonly items: readonly Checked[] }

type Facts = NonNullable<Finding["facts"]>
export const fine = (why: string, facts: Facts = {}): Finding => ({ level: "ok", why, fix: null, facts })
export const warning = (why: string, fix: string, facts: Facts = {}): Finding => ({ level: "warn", why, fix, facts })
export const failure = (why: string, fix: string, facts: Facts = {}): Finding => ({ level: "fail", why, fix, facts })

const WITHIN_MS = 8_000

/** All of them side by side, each within eight seconds; in the order given. */
export async function examine(checks: readonly Check[], clock: Clock): Promise<Report> {
  const items = await Promise.all(checks.map((check) => lookInTime(check, clock)))
  return { level: worst(items), items }
}

const worst = (items: readonly Finding[]): Level =>
  (["fail", "warn"] as const).find((level) => items.some((item) => item.level === level)) ?? "ok"

/** What went wrong, in words. */
export function wordsOf(thrown: unknown): string {
  if (thrown instanceof Fault) return [thrown.sentence, thrown.detail].filter(Boolean).join(" ")
  return thrown instanceof Error ? thrown.message : String(thrown)
}

async function lookInTime({ id, title, look }: Check, clock: Clock): Promise<Checked> {
  const began = clock.now()
  const { promise: late, resolve } = Promise.withResolvers<Finding>()
  using _limit = clock.after(WITHIN_MS, () =>
    resolve(failure(`Nothing was found out within ${WITHIN_MS / 1000} seconds.`, "Try again; look at the log.")),
  )
  const found = (async () => look())().catch((thrown: unknown) =>
    failure(`It could not be looked at: ${wordsOf(thrown)}`, "Look at the log."),
  )
  const finding = await Promise.race([found, late])
  return { id, title, ...finding, ms: Math.max(0, Math.round(clock.now() - began)) }
}
