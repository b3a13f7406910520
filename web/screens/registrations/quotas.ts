import { settingOf, useSettings } from "../../api/settings.ts"

/** What a mailbox may hold where its registration has no quota of its own; null until that is known. */
export type Quotas = { readonly messages: number | null; readonly bytes: number | null }

export function useQuotas(): Quotas {
  const { value } = useSettings()
  const figure = (key: string) => {
    const found = value && settingOf(value, key)
    return found ? inBytes(found.value) : null
  }
  return { messages: figure("mailbox.max_messages"), bytes: figure("mailbox.max_bytes") }
}

const powers: Readonly<Record<string, number>> = { "": 0, B: 0, KiB: 1, MiB: 2, GiB: 3, TiB: 4 }

/** A setting as TOML writes it: `1000`, `1_000` or `"64 MiB"`. */
function inBytes(toml: string): number | null {
  const [, digits = "", unit = ""] = /^"?([\d_.]+)\s*([KMGT]?i?B?)"?$/.exec(toml) ?? []
  const power = powers[unit]
  return digits === "" || power === undefined ? null : Number(digits.replaceAll("_", "")) * 1024 ** power
}
