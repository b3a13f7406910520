import { Fault, fromFailure } from "../../faults.ts"
import type { Result } from "./worker.ts"
import type { Worker as Works } from "./works.ts"

// In a bundle this module is part of main.js, and the worker, an entry point, lies where it lay under src.
const entry = import.meta.url.endsWith("/thread.ts") ? "./worker.ts" : "./app/backup/worker.ts"

/** Each work in a thread of its own that ends with it. */
export const inThread: Works = (name, given) => {
  const { promise, resolve, reject } = Promise.withResolvers<never>()
  const worker = new Worker(new URL(entry, import.meta.url))
  const fail = (detail: string) => reject(new Fault("internal", { detail }))
  worker.onmessage = ({ data }: MessageEvent<Result>) => {
    if ("value" in data) resolve(data.value as never)
    else reject(fromFailure(data))
    worker.terminate()
  }
  worker.onerror = ({ message }) => fail(message)
  worker.addEventListener("close", () => fail("the backup's thread ended"))
  worker.postMessage({ name, given })
  return promise as ReturnType<Works> as never
}
