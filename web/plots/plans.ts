/** What is drawn of the mediator's history, and how it is written. */

import { bytes, counted } from "../kit/format.ts"
import { binary, few, span, timely, upTo, whole } from "./figures.ts"

export type Line = { readonly name: string; readonly label: string }

export type Plan = {
  readonly id: string
  readonly title: string
  /** The series that are drawn; those of a prefix are looked up, the largest first. */
  readonly lines: readonly Line[] | { readonly prefix: string }
  /** The series that the sentence is about, added up. */
  readonly about: readonly string[]
  /** The series are in other units than the plot. */
  readonly times?: number
  /** On the axis and in the legend. */
  readonly write: (value: number) => string
  /** In a sentence. */
  readonly say: (value: number) => string
  /** What one worries about is how little there is. */
  readonly isScarce?: true
  /** What the axis counts in, where that is not ten. */
  readonly steps?: readonly number[]
}

const MINUTE = 60
const rate = { times: MINUTE, write: few, say: (value: number) => `${few(value)} a minute` }
const time = { write: span, say: span, steps: timely }
const size = { write: bytes, say: bytes, steps: binary }

const line = (name: string, label: string): Line => ({ name, label })

export const plans = {
  messages: {
    id: "messages",
    title: "Messages a minute",
    lines: [
      line("messages_in_didcomm", "DIDComm in"),
      line("messages_out_didcomm", "DIDComm out"),
      line("messages_in_decentrl", "Decentrl in"),
      line("messages_out_decentrl", "Decentrl out"),
    ],
    about: ["messages_in_didcomm", "messages_in_decentrl"],
    ...rate,
    say: (value) => `${few(value)} incoming a minute`,
  },
  waiting: {
    id: "waiting",
    title: "Waiting messages",
    lines: [line("waiting", "Waiting")],
    about: ["waiting"],
    write: upTo(0),
    steps: whole,
    say: (value) => counted(Math.round(value), "message"),
  },
  oldest: {
    id: "oldest",
    title: "Age of the oldest message",
    lines: [line("oldest_seconds", "Oldest")],
    about: ["oldest_seconds"],
    ...time,
  },
  deliver: {
    id: "deliver",
    title: "From accepted to handed out",
    lines: [
      line("deliver_p99", "99 of 100 within"),
      line("deliver_p95", "95 of 100"),
      line("deliver_p50", "half of them"),
    ],
    about: ["deliver_p99"],
    ...time,
  },
  sockets: {
    id: "sockets",
    title: "Connections",
    lines: [line("sockets", "Open")],
    about: ["sockets"],
    write: upTo(0),
    steps: whole,
    say: (value) => counted(Math.round(value), "connection"),
  },
  refusals: {
    id: "refusals",
    title: "Refusals a minute, by reason",
    lines: { prefix: "refused_" },
    about: ["refusals"],
    ...rate,
  },
  commit: {
    id: "commit",
    title: "Time to write to the disk",
    lines: [line("commit_p99", "99 of 100 within"), line("commit_p50", "half of them")],
    about: ["commit_p99"],
    ...time,
  },
  batch: {
    id: "batch",
    title: "Changes written together",
    lines: [line("commit_acts", "Changes")],
    about: ["commit_acts"],
    write: upTo(1),
    say: upTo(1),
  },
  disk: {
    id: "disk",
    title: "Room on the disk",
    lines: [line("disk_free_bytes", "Free"), line("database_bytes", "Database")],
    about: ["disk_free_bytes"],
    ...size,
    isScarce: true,
  },
  cpu: {
    id: "cpu",
    title: "Processor",
    lines: [line("cpu", "Cores in use")],
    about: ["cpu"],
    write: upTo(2),
    say: (value) => `${upTo(2)(value)} of a core`,
  },
  memory: { id: "memory", title: "Memory", lines: [line("rss_bytes", "In use")], about: ["rss_bytes"], ...size },
  lag: {
    id: "lag",
    title: "Delay of the event loop",
    lines: [line("loop_lag_p99", "99 of 100 within")],
    about: ["loop_lag_p99"],
    ...time,
  },
} as const satisfies Readonly<Record<string, Plan>>

export type PlanName = keyof typeof plans
export const everyPlan = Object.keys(plans) as readonly PlanName[]
