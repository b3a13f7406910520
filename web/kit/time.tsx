import { signal } from "@preact/signals"
import { ago, exactTime } from "./format.ts"

const TICK_MS = 20_000
/** Moves every twenty seconds, so that "2 minutes ago" stays true. */
export const now = signal(Date.now())
setInterval(() => {
  now.value = Date.now()
}, TICK_MS)

/** How long ago, or in how long; exactly when on demand. */
export const Ago = ({ at, never = "never" }: { at: number | null; never?: string }) =>
  at === null ? (
    <span class="soft">{never}</span>
  ) : (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {/* What happened since the last tick is not to come. */}
      {ago(at, Math.max(now.value, Date.now()))}
    </time>
  )
