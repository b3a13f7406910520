/** What was changed on the page and not saved yet; it stays when one looks at another screen. */

import { signal } from "@preact/signals"
import { listOf, plainOf } from "../../api/settings.ts"
import type { Setting } from "../../api/types.ts"

/** By key, as the API takes it; null takes back what was chosen. */
export type Draft = Readonly<Record<string, string | null>>

export const draft = signal<Draft>({})

/** A setting as its field shows it: plain text, lists with commas. */
export const shownText = (of: Setting): string =>
  of.kind === "list" || of.kind === "choices" ? listOf(of).join(",") : plainOf(of)

export function leave(key: string): void {
  const { [key]: _, ...others } = draft.value
  draft.value = others
}

export function change(of: Setting, text: string): void {
  if (text === shownText(waiting(of))) leave(of.key)
  else draft.value = { ...draft.value, [of.key]: text }
}

export function takeBack({ key, chosen }: Setting): void {
  if (chosen === null) leave(key)
  else draft.value = { ...draft.value, [key]: null }
}

/** A setting as it will be after the next start. */
export const waiting = (of: Setting): Setting => ({ ...of, value: of.next ?? of.value })
