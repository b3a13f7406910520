import * as v from "valibot"
import type { Actor } from "../../mailbox/accounts.ts"
import { checkConfirmed, endpoint } from "../endpoint.ts"

const toml = v.pipe(v.string(), v.metadata({ description: "As TOML." }))

/** A setting as it may be shown: of a secret only that there is one. */
export const setting = v.object({
  key: v.string(),
  value: toml,
  default: v.string(),
  origin: v.string(),
  sentence: v.string(),
  isSecret: v.boolean(),
  kind: v.picklist(["text", "number", "boolean", "choice", "choices", "list", "size", "time"]),
  expects: v.pipe(v.string(), v.metadata({ description: "Completes the sentence: must be …" })),
  words: v.pipe(v.array(v.string()), v.metadata({ description: "What it is chosen from, where there are few." })),
  change: v.pipe(
    v.picklist(["live", "restart", "never"]),
    v.metadata({ description: "When a change takes effect; never: the environment, a flag or a file alone says it." }),
  ),
  chosen: v.nullable(v.pipe(v.string(), v.metadata({ description: "What the admin pages chose, as TOML." }))),
  next: v.nullable(
    v.pipe(v.string(), v.metadata({ description: "What it will be after the next start, if another." })),
  ),
})
export type ShownSetting = v.InferOutput<typeof setting>

/** A setting before and after. */
export const changedSetting = v.object({ ...setting.entries, before: toml })

/** Where settings are looked at and chosen. Values are text, by key; null: as if nothing had been chosen. */
export type SettingsDesk = {
  list(): ShownSetting[]
  /** What changes, and how it is then. Faults: admin.invalid, setting.fixed, folder.unwritable. */
  choose(
    values: Readonly<Record<string, string | null>>,
    how: { dryRun: boolean; by: Actor },
  ): Promise<v.InferOutput<typeof changedSetting>[]>
}

const wishes = v.record(v.string(), v.nullable(v.pipe(v.string(), v.maxLength(10_000))))

export const settingsEndpoints = (desk: SettingsDesk) => [
  endpoint({
    method: "GET",
    path: "/settings",
    access: "read",
    summary: "Every setting with its value and where that comes from.",
    answer: v.object({ settings: v.array(setting) }),
    handle: async () => ({ settings: desk.list() }),
  }),
  endpoint({
    method: "PATCH",
    path: "/settings",
    access: "admin",
    summary: "Choose settings: kept in settings.toml in the data folder, and in effect at once where that can be.",
    body: v.strictObject({ values: wishes, dryRun: v.optional(v.boolean(), false) }),
    answer: v.object({ items: v.array(changedSetting), needsRestart: v.boolean() }),
    async handle({ body: { values, dryRun } }, visit) {
      const choose = (how: { dryRun: boolean }) => desk.choose(values, { ...how, by: visit.caller.actor })
      const waits = ({ change }: { change: ShownSetting["change"] }) => change === "restart"
      const planned = await choose({ dryRun: true })
      // Where it listens, whom it trusts and what it reaches: not for whoever finds a desk that was left alone.
      if (!dryRun && planned.some(waits)) checkConfirmed(visit)
      return { items: dryRun ? planned : await choose({ dryRun }), needsRestart: planned.some(waits) }
    },
  }),
]
