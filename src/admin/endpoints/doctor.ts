import * as v from "valibot"
import { endpoint, raw } from "../endpoint.ts"
import { amount } from "../shapes.ts"

const level = v.picklist(["ok", "warn", "fail"])
const item = v.object({
  id: v.string(),
  title: v.string(),
  level,
  why: v.string(),
  fix: v.nullable(v.string()),
  ms: amount,
})
export const report = v.object({ level, items: v.array(item) })

export type DoctorDesk = {
  /** Looks at everything there is to check. */
  examine(): Promise<{ level: v.InferInput<typeof level>; items: readonly Readonly<v.InferInput<typeof item>>[] }>
  /** A document for whoever helps, which names nobody and gives nothing away. */
  bundle(): Promise<object>
}

export const doctorEndpoints = (doctor: DoctorDesk) => [
  endpoint({
    method: "GET",
    path: "/doctor",
    access: "read",
    summary: "What could be wrong, looked at now: takes some seconds.",
    answer: report,
    async handle(_, { keepOpen }) {
      keepOpen()
      return doctor.examine()
    },
  }),
  raw({
    method: "GET",
    path: "/doctor/bundle",
    access: "read",
    summary: "The same with figures, for whoever helps: without DIDs, addresses, host names and keys.",
    media: ["application/json"],
    async handle(_, { keepOpen }) {
      keepOpen()
      return new Response(`${JSON.stringify(await doctor.bundle(), null, 2)}\n`, {
        headers: {
          "Content-Type": "application/json",
          "Content-Disposition": 'attachment; filename="restante-doctor.json"',
        },
      })
    },
  }),
]
