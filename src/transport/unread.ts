/** Answers that their clients take their time to read: bounded for each client, and for all together. */

import { toUtf8 } from "../base/bytes.ts"
import { Fault } from "../faults.ts"
import { SMALL } from "./budget.ts"
import type { ClientLimits } from "./limits.ts"

const STEP = 64 * 1024

type Reader = { readonly remote: string; readonly signal: AbortSignal }
type Bounds = { readonly most: number; readonly mostEach: number; readonly clients: Pick<ClientLimits, "isExempt"> }

/** A body for `text`. Fault request.busy when this client, or all of them, leave too much unread. */
export type Hold = (text: string, reader: Reader) => string | ReadableStream<Uint8Array>

/** Bun does not say when an answer has been read; it asks for more of a stream as that happens, so large ones are streams. */
export function createUnread({ most, mostEach, clients }: Bounds): Hold {
  const held = new Map<string, number>()
  let all = 0

  function add(remote: string, bytes: number): void {
    const own = (held.get(remote) ?? 0) + bytes
    all += bytes
    if (own > 0) held.set(remote, own)
    else held.delete(remote)
  }

  return (text, { remote, signal }) => {
    if (text.length <= SMALL) return text
    const bytes = toUtf8(text)
    const size = bytes.byteLength
    const own = held.get(remote) ?? 0
    // One answer always finds room, however large.
    const isTooMuch = !clients.isExempt(remote) && own + size > mostEach
    if (own > 0 && (isTooMuch || all + size > most)) {
      throw new Fault("request.busy", { detail: "too many large answers are not read" })
    }
    add(remote, size)
    let at = 0
    let isOver = false
    const end = () => {
      if (!isOver) add(remote, -size)
      isOver = true
    }
    // A stream that nobody begins to read is not cancelled either.
    signal.addEventListener("abort", end, { once: true })
    if (signal.aborted) end()
    return new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes.subarray(at, at + STEP))
        at += STEP
        if (at < size) return
        controller.close()
        end()
      },
      cancel: end,
    })
  }
}
