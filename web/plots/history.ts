import { usePoll } from "../api/poll.ts"
import { type Resource, useResource } from "../api/resource.ts"
import type { History } from "../api/types.ts"

/** How far back one looks: what is asked of the API, how it is called, and how often there is something new. */
type Span = {
  readonly label: string
  readonly words: string
  /** What its last point is about. */
  readonly lately: string
  readonly path: string
  readonly seconds: number
  readonly everyMs: number
}

export const spans = {
  minutes: {
    label: "10 min",
    words: "ten minutes",
    lately: "Right now",
    path: "/history?step=1&merge=5",
    seconds: 600,
    everyMs: 5_000,
  },
  day: {
    label: "24 h",
    words: "24 hours",
    lately: "Right now",
    path: "/history?step=10&merge=18",
    seconds: 86_400,
    everyMs: 60_000,
  },
  month: {
    label: "30 days",
    words: "30 days",
    lately: "In the last hour and a half",
    path: "/history?step=300&merge=18",
    seconds: 2_592_000,
    everyMs: 300_000,
  },
} as const satisfies Readonly<Record<string, Span>>
export type SpanName = keyof typeof spans

/** The mediator's history, fresh for as long as somebody looks at it. */
export function useHistory(name: SpanName): Resource<History> {
  const { path, everyMs } = spans[name]
  return usePoll(useResource<History>(path), everyMs)
}

/** When each point was, in the middle, in seconds since 1970. */
export const timesOf = ({ until, step, points }: History): number[] =>
  Array.from({ length: points }, (_, at) => until / 1000 - (points - at - 0.5) * step)
