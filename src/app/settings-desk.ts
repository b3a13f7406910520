import { auditActor } from "../admin/actor.ts"
import type { SettingsDesk, ShownSetting } from "../admin/endpoints/settings.ts"
import { isLive } from "../config/live.ts"
import type { Loaded } from "../config/load.ts"
import { originText } from "../config/problem.ts"
import { defaultText, type Row, rows, type Settings, shownText } from "../config/schema.ts"
import type { AuditStore } from "../mailbox/operator-ports.ts"
import { type Change, changeOf, type LiveSettings, valueIn } from "./live-settings.ts"

type Parts = {
  /** As the mediator was started. */
  readonly settings: Settings
  readonly live: LiveSettings
  readonly store: Pick<AuditStore, "audit">
}

/** The settings as the admin API shows and changes them. */
export function settingsDesk({ settings, live, store }: Parts): SettingsDesk {
  function shown(row: Row, { origins, chosen }: Loaded, waiting: readonly Change[]): ShownSetting {
    return {
      key: row.path,
      value: shownText(row, valueIn(isLive(row) ? live.now() : settings, row)),
      default: defaultText(row),
      origin: originText(origins.get(row.path) ?? { from: "default" }),
      sentence: row.sentence,
      isSecret: row.secret === true,
      kind: kindOf(row),
      expects: row.kind.expects,
      words: [...row.kind.words],
      change: changeOf(row, origins),
      chosen: chosen.has(row.path) ? shownText(row, chosen.get(row.path)) : null,
      next: waiting.find((change) => change.row === row)?.to ?? null,
    }
  }

  return {
    list() {
      const [configured, waiting] = [live.configured(), live.waiting()]
      return rows.map((row) => shown(row, configured, waiting))
    },
    async choose(wishes, { dryRun, by }) {
      const { changes, after } = dryRun ? live.plan(wishes) : live.choose(wishes)
      for (const { row, from, to } of dryRun ? [] : changes) {
        const told = { action: "settings.change", subject: row.path, detail: `${from} → ${to}` }
        await store.audit({ actor: auditActor(by), ...told })
      }
      return changes.map(({ row, from, to }) => ({ ...shown(row, after, live.waiting()), value: to, before: from }))
    },
  }
}

const placeholders = { NUMBER: "number", SIZE: "size", TIME: "time", NETWORKS: "list", DIDS: "list" } as const

function kindOf({ kind: { words, placeholder } }: Row): ShownSetting["kind"] {
  if (words.length === 0) return placeholders[placeholder as keyof typeof placeholders] ?? "text"
  if (placeholder.includes(",")) return "choices"
  return words[0] === "true" ? "boolean" : "choice"
}
