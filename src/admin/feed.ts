import type { Clock } from "../base/clock.ts"
import { Fault } from "../faults.ts"
import type { AuditStore } from "../mailbox/operator-ports.ts"
import { type Endpoint, raw, type Visit } from "./endpoint.ts"

const LOOK_EVERY_MS = 1_000
/** With every so many looks, and after whatever was done, comes the status: also the sign of life. */
const STATUS_EVERY = 5
const LINES = 100
const MOST_FEEDS = 32
/** What a slow reader may leave unread, bytes. */
const UNREAD = 256 * 1024

type FeedPorts = {
  readonly store: Pick<AuditStore, "auditLines">
  readonly look: () => Promise<unknown>
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

/** One stream of server-sent events for each open page: lines of the audit after a cursor, and how the mediator fares. */
export function createFeeds({ store, look, clock, onError }: FeedPorts): { endpoint: Endpoint } & Disposable {
  const open = new Set<() => void>()

  /** Where the reader left off, or the end. */
  async function cursorOf(headers: Headers): Promise<number> {
    const last = headers.get("last-event-id") ?? ""
    if (/^\d{1,15}$/.test(last)) return Number(last)
    return (await store.auditLines({ before: 0, limit: 1 }))[0]?.seq ?? 0
  }

  async function begin({ caller, headers, keepOpen }: Visit): Promise<Response> {
    let after = await cursorOf(headers)
    if (open.size >= MOST_FEEDS) throw new Fault("admin.streams")
    const text = new TextEncoder()
    let end = () => {}

    async function report(send: (event: string, data: unknown, id?: number) => void, turn: number): Promise<void> {
      if (!(await caller.isValid())) {
        send("end", {})
        return end()
      }
      const lines = await store.auditLines({ after, limit: LINES })
      for (const line of lines) {
        send("audit", line, line.seq)
        after = line.seq
      }
      if (lines.length > 0 || turn % STATUS_EVERY === 0) send("status", await look())
    }

    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          let isBusy = false
          let turn = 0
          const send = (event: string, data: unknown, id?: number) => {
            const name = id === undefined ? "" : `id: ${id}\n`
            controller.enqueue(text.encode(`${name}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
          }
          const act = async () => {
            if (isBusy) return
            isBusy = true
            try {
              // Who does not read is let go, and comes back with its cursor.
              if ((controller.desiredSize ?? 0) <= 0) end()
              else await report(send, turn++)
            } catch (error) {
              if (open.has(end)) onError(error)
              end()
            }
            isBusy = false
          }
          const looks = clock.every(LOOK_EVERY_MS, () => void act())
          end = () => {
            looks[Symbol.dispose]()
            if (!open.delete(end)) return
            controller.close()
          }
          open.add(end)
          void act()
        },
        cancel: () => {
          const isOpen = open.delete(end)
          if (isOpen) end()
        },
      },
      { highWaterMark: UNREAD, size: (chunk) => chunk?.byteLength ?? 0 },
    )
    keepOpen()
    return new Response(body, { headers: { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" } })
  }

  return {
    endpoint: raw({
      method: "GET",
      path: "/feed",
      access: "read",
      summary: "Server-sent events: `audit` lines after Last-Event-ID, `status` every five seconds, and `end`.",
      media: ["text/event-stream"],
      handle: (_, visit) => begin(visit),
    }),
    [Symbol.dispose]() {
      for (const end of [...open]) end()
    },
  }
}
