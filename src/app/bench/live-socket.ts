import type { Clock } from "../../base/clock.ts"

const PATIENCE_MS = 10_000

/** A socket of a wallet: what is sent on it, and when the next frame came (performance.now). */
export type LiveSocket = Disposable & {
  send(text: string): void
  next(): Promise<number>
}

export async function openLiveSocket(url: string, clock: Clock): Promise<LiveSocket> {
  const socket = new WebSocket(url)
  let waiting: Pick<PromiseWithResolvers<number>, "resolve" | "reject"> | null = null
  const opened = Promise.withResolvers<void>()
  socket.addEventListener("open", () => opened.resolve())
  socket.addEventListener("message", () => waiting?.resolve(performance.now()))
  socket.addEventListener("close", () => {
    const reason = new Error("The mediator closed the WebSocket.")
    opened.reject(reason)
    waiting?.reject(reason)
  })
  await opened.promise
  return {
    send: (text) => socket.send(text),
    next() {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting = { resolve, reject }
      const tooLate = clock.after(PATIENCE_MS, () => reject(new Error("Nothing was pushed in time.")))
      return promise.finally(() => tooLate[Symbol.dispose]())
    },
    [Symbol.dispose]: () => socket.close(),
  }
}
