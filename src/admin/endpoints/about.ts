import * as v from "valibot"
import { endpoint } from "../endpoint.ts"

export const about = v.object({
  version: v.string(),
  commit: v.nullable(v.string()),
  bun: v.string(),
  sqlite: v.string(),
  os: v.string(),
  licences: v.array(v.object({ name: v.string(), version: v.string(), licence: v.string() })),
})

export type About = v.InferInput<typeof about>

export const aboutEndpoints = (look: () => Promise<About>) => [
  endpoint({
    method: "GET",
    path: "/about",
    access: "read",
    summary: "Which version this is, what it runs on, and the licences of what is in it.",
    answer: about,
    handle: look,
  }),
]
