import { patch } from "./client.ts"
import { type Resource, useResource } from "./resource.ts"
import type { Setting } from "./types.ts"

type Settings = { readonly settings: readonly Setting[] }

export const useSettings = (): Resource<Settings> => useResource<Settings>("/settings", ["settings."])

export const settingOf = ({ settings }: Settings, key: string): Setting | null =>
  settings.find((one) => one.key === key) ?? null

/** Chooses settings; null takes back what was chosen. Resolves with whether that waits for a restart. */
export const choose = (values: Readonly<Record<string, string | null>>): Promise<{ needsRestart: boolean }> =>
  patch("/settings", { values })

/** A setting as one types it: TOML without the quotes around a text. */
export function plainOf({ value }: Setting): string {
  const parsed = parsedOf(value)
  return typeof parsed === "string" ? parsed : value
}

/** A list of texts. */
export function listOf({ value }: Setting): readonly string[] {
  const parsed = parsedOf(value)
  return Array.isArray(parsed) ? parsed.map(String) : []
}

// The API writes texts and lists of them as JSON would, which is TOML, too.
function parsedOf(toml: string): unknown {
  try {
    return JSON.parse(toml)
  } catch {
    return null
  }
}
