import type { Log } from "../../base/log.ts"
import { Fault } from "../../faults.ts"
import type { FromWorker, Opening, ToWorker } from "./worker.ts"
import type { Ends, Line } from "./writer.ts"

// In a bundle this module is part of main.js, and the worker, a second entry point, lies where it lay under src.
const entry = import.meta.url.endsWith("/thread.ts") ? "./worker.ts" : "./store/sqlite/worker.ts"

export const spawnWorker = (): Worker => new Worker(new URL(entry, import.meta.url))

/** Starts the writer's thread on a file; Fault `store.failed` when it does not come up. */
export async function startThread(opening: Opening, log: Log, spawn = spawnWorker): Promise<(ends: Ends) => Line> {
  const worker = spawn()
  const send = (message: ToWorker) => worker.postMessage(message)
  const { promise: opened, resolve: open, reject: refuse } = Promise.withResolvers<void>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  let ends: Ends | null = null
  let isClosing = false
  let lost: string | null = null

  const onLost = (reason: string) => {
    close()
    if (isClosing) return
    isClosing = true
    lost = reason
    log.error("store.writer_lost", { reason })
    refuse(new Fault("store.failed", { detail: reason }))
    ends?.lost(reason)
  }
  worker.onerror = (event) => onLost(`the writer's thread failed: ${event.message}`)
  worker.addEventListener("close", () => onLost("the writer's thread ended"))
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data === "open") open()
    else if (data === "closed") close()
    else if ("refused" in data) onLost(data.refused)
    else if ("news" in data) log[data.news.level](data.news.event, data.news.fields)
    else ends?.answer(data)
  }
  send(opening)
  await opened.catch((fault) => {
    worker.terminate()
    throw fault
  })

  return (given) => {
    ends = given
    if (lost !== null) given.lost(lost)
    return {
      post: send,
      async close() {
        isClosing = true
        send(null)
        await closed
        worker.terminate()
      },
    }
  }
}
