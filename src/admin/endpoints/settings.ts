import * as v from "valibot"
import { endpoint } from "../endpoint.ts"

/** A setting as it may be shown: of a secret only that there is one. */
export type ShownSetting = {
  readonly key: string
  readonly value: string
  readonly default: string
  readonly origin: string
  readonly sentence: string
  readonly isSecret: boolean
}

const setting = v.object({
  key: v.string(),
  value: v.pipe(v.string(), v.metadata({ description: "As TOML." })),
  default: v.string(),
  origin: v.string(),
  sentence: v.string(),
  isSecret: v.boolean(),
})

export const settingsEndpoints = (settings: readonly ShownSetting[]) => [
  endpoint({
    method: "GET",
    path: "/settings",
    access: "read",
    summary: "Every setting with its value and where that comes from.",
    answer: v.object({ settings: v.array(setting) }),
    handle: async () => ({ settings }),
  }),
]
