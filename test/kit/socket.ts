import type { Mediator } from "./mediator.ts"
import type { Draft, Resident } from "./resident.ts"

export type Socket = Awaited<ReturnType<typeof openSocket>>

/** A WebSocket to a mediator: what it says is kept until it is asked for. */
export async function openSocket(m: Pick<Mediator, "wsUrl" | "did">, options: Bun.WebSocketOptions = {}) {
  const socket = new WebSocket(m.wsUrl, options)
  const frames: unknown[] = []
  const changed = new Set<() => void>()
  const change = () => {
    for (const listener of changed) listener()
  }
  socket.addEventListener("message", ({ data }) => {
    frames.push(data)
    change()
  })
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => {
      resolve(code)
      change()
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve())
    socket.addEventListener("error", () => reject(new Error(`no WebSocket at ${m.wsUrl}`)))
  })

  /** Whether a frame came within `ms`. */
  async function hears(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>()
    changed.add(resolve)
    if (frames.length === 0) await Promise.race([promise, Bun.sleep(ms)])
    changed.delete(resolve)
    return frames.length > 0
  }

  /** The next text frame; throws when none comes in time, and for a binary one. */
  async function next(ms = 5_000): Promise<string> {
    if (!(await hears(ms))) throw new Error(`no frame within ${ms} ms`)
    const frame = frames.shift()
    if (typeof frame !== "string") throw new Error("a binary frame")
    return frame
  }

  const say = async (who: Resident, draft: Draft) => socket.send(await who.auth(who.plaintext(draft, m.did), m.did))

  return {
    send: (data: string | Uint8Array<ArrayBuffer>) => socket.send(data),
    next,
    hears,
    /** Sends an authcrypted message, with no return_route unless the draft has one. */
    say,
    /** Sends with return_route all; the next frame must be the answer. */
    ask: async (who: Resident, draft: Draft) => {
      await say(who, { return_route: "all", ...draft })
      return who.open(await next())
    },
    closed,
    async [Symbol.asyncDispose]() {
      socket.close()
      await closed
    },
  }
}
