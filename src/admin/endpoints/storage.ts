import * as v from "valibot"
import { endpoint } from "../endpoint.ts"
import { amount } from "../shapes.ts"

const perhaps = v.nullable(v.number())
const milliseconds = v.pipe(perhaps, v.metadata({ description: "Milliseconds." }))

export const storage = v.object({
  databaseBytes: amount,
  walBytes: amount,
  reusableBytes: amount,
  freeBytes: amount,
  ballastBytes: amount,
  growthBytesPerDay: v.pipe(perhaps, v.metadata({ description: "Null until it has been watched for long enough." })),
  daysLeft: perhaps,
  commitP50: milliseconds,
  commitP99: milliseconds,
  pageSize: amount,
  schema: amount,
  durability: v.string(),
})
export type Storage = Readonly<v.InferOutput<typeof storage>>

export const storageEndpoints = (look: () => Promise<Storage>) => [
  endpoint({
    method: "GET",
    path: "/storage",
    access: "read",
    summary: "The database: its size, the room that is left, and how fast its disk is.",
    answer: storage,
    handle: look,
  }),
]
