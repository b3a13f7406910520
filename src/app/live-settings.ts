import type { Log } from "../base/log.ts"
import { chosenPath, chosenText, FIXED, readChosen, writeChosen } from "../config/chosen.ts"
import { isLive } from "../config/live.ts"
import { checkText, type Loaded, readSettings, type Sources, type Unusable } from "../config/load.ts"
import { nearest } from "../config/nearest.ts"
import { type Origin, originText, problemText } from "../config/problem.ts"
import { type Row, rows, type Settings, shownText } from "../config/schema.ts"
import { Fault } from "../faults.ts"

/** A setting whose value is another one now. Secrets are not shown. */
export type Change = { readonly row: Row; readonly from: string; readonly to: string }
/** What somebody wants settings to be, as text, by path; null: as if nothing had been chosen. */
export type Wishes = Readonly<Record<string, string | null>>

export type LiveSettings = ReturnType<typeof openLiveSettings>

const NOWHERE: Origin = { from: "default" }

/**
 * The settings of a running mediator. Rooms are given functions of them, and ask each time: what is live takes effect
 * with the next question. `sources`: where to read them again; null when they came from nowhere.
 */
export function openLiveSettings(loaded: Loaded, { sources, log }: { sources: Sources | null; log: () => Log }) {
  let configured = loaded
  let running = loaded.settings
  // Of the folder that is in use, also where the configuration file names another by now.
  const path = chosenPath(running.server.data_dir)
  const nothing = { path, text: "", from: "chosen" } as const

  /** What is in all of the sources now. */
  const read = (from: Sources) => readSettings(from, readChosen(running.server.data_dir, from.cwd) ?? nothing)

  /** What `from` makes of the settings, made anew only when they have changed. */
  function derived<T>(from: (settings: Settings) => T): () => T {
    let known = running
    let value = from(known)
    return () => {
      if (known !== running) {
        known = running
        value = from(known)
      }
      return value
    }
  }

  function apply(fresh: Loaded): readonly Change[] {
    const changes = changesBetween(configured, fresh)
    configured = fresh
    const now: Record<string, Record<string, unknown>> = {}
    for (const row of rows) {
      const value = valueIn(isLive(row) ? fresh.settings : running, row)
      now[row.section] = { ...now[row.section], [row.key]: value }
    }
    // Every row has its value, from settings that were checked.
    running = now as Settings
    for (const { row, from, to } of changes) {
      const origin = originText(fresh.origins.get(row.path) ?? NOWHERE)
      log().info("settings.changed", { key: row.path, from, to, origin, takes_effect: isLive(row) ? "now" : "restart" })
    }
    return changes
  }

  /** Reads everything again; what cannot be used changes nothing, and is in the log with its line. */
  function reload(): void {
    const outcome = sources ? problemsOf(() => read(sources)) : configured
    if ("problems" in outcome) {
      for (const problem of outcome.problems) log().error("settings.refused", { problem })
      return
    }
    const changes = apply(outcome)
    log().info("settings.read", { changed: changes.length, need_restart: pathsOf(changes.filter(waits)) })
  }

  /**
   * What would change if these were chosen, too. Faults: admin.invalid with the setting, setting.fixed when something
   * that counts for more says it.
   */
  function plan(wishes: Wishes) {
    if (!sources) throw new Fault("setting.fixed", { args: ["A setting", "this mediator runs inside another program"] })
    const before = usable(() => read(sources))
    const chosen = new Map(before.chosen)
    for (const [wished, text] of Object.entries(wishes)) {
      const row = rowOf(wished)
      if (text === null) chosen.delete(wished)
      else chosen.set(wished, checked(row, text, before.origins))
    }
    const source = { path, text: chosenText(chosen), from: "chosen" } as const
    const after = usable(() => readSettings(sources, source))
    return { source, after, changes: changesBetween(before, after) }
  }

  /** The same, done: on disk, and in effect where it can be. Fault folder.unwritable. */
  function choose(wishes: Wishes) {
    const planned = plan(wishes)
    writeChosen(planned.source, sources?.cwd ?? ".")
    apply(planned.after)
    return planned
  }

  return {
    derived,
    reload,
    plan,
    choose,
    now: () => running,
    /** As the next start would have them. */
    configured: () => configured,
    /** Those that wait for it. */
    waiting: () => changesBetween(loaded, configured).filter(waits),
  }
}

/** Whether a setting can be chosen in the admin pages, and when that takes effect. */
export function changeOf(row: Row, origins: Loaded["origins"]): "live" | "restart" | "never" {
  const { from } = origins.get(row.path) ?? NOWHERE
  if (row.secret || row.path === FIXED || from === "env" || from === "flag") return "never"
  return isLive(row) ? "live" : "restart"
}

export const valueIn = (settings: Settings, { section, key }: Row): unknown => {
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = settings
  return groups[section]?.[key]
}

const waits = ({ row }: Change): boolean => !isLive(row)
const pathsOf = (changes: readonly Change[]): string => changes.map(({ row }) => row.path).join(" ")

function changesBetween(before: Loaded, after: Loaded): readonly Change[] {
  return rows.flatMap((row) => {
    const [from, to] = [valueIn(before.settings, row), valueIn(after.settings, row)]
    if (JSON.stringify(from) === JSON.stringify(to)) return []
    return [{ row, from: shownText(row, from), to: shownText(row, to) }]
  })
}

/** A file that cannot be read at all is a problem like those in it. */
function problemsOf(read: () => Loaded | Unusable): Loaded | { readonly problems: readonly string[] } {
  try {
    const outcome = read()
    // The line itself may hold what nobody else should see.
    return "problems" in outcome
      ? { problems: outcome.problems.map((one) => problemText({ ...one, excerpt: [] })) }
      : outcome
  } catch (thrown) {
    return { problems: [Fault.from(thrown).detail ?? String(thrown)] }
  }
}

function usable(read: () => Loaded | Unusable): Loaded {
  const outcome = problemsOf(read)
  if (!("problems" in outcome)) return outcome
  throw new Fault("admin.invalid", { args: ["settings", outcome.problems[0] ?? "they cannot be used"] })
}

function rowOf(path: string): Row {
  const row = rows.find((row) => row.path === path)
  if (row) return row
  const hint = nearest(
    path,
    rows.map((row) => row.path),
  )
  throw new Fault("admin.invalid", { args: [path, `unknown setting \`${path}\`${meant(hint)}`] })
}

const meant = (hint: string | null): string => (hint === null ? "" : `; did you mean \`${hint}\`?`)

function reason({ path, secret }: Row, origins: Loaded["origins"]): string {
  if (secret) return "a secret comes from the configuration file, the environment or a flag"
  if (path === FIXED) return "it says where they keep what they choose"
  return `${originText(origins.get(path) ?? NOWHERE)} says it, and counts for more; change it there`
}

function checked(row: Row, text: string, origins: Loaded["origins"]): unknown {
  if (changeOf(row, origins) === "never") throw new Fault("setting.fixed", { args: [row.path, reason(row, origins)] })
  const outcome = checkText(row, text)
  if (outcome.ok) return outcome.value
  throw new Fault("admin.invalid", { args: [row.path, `${outcome.message}${meant(outcome.hint)}`] })
}
