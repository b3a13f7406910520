/** run.ts's end of a load generator: another process that does jobs one at a time. */

import { join } from "node:path"
import { watchOver } from "./leftovers.ts"
import type { Jobs, Report } from "./load.ts"

export type Generator = Disposable & {
  call<Job extends keyof Jobs>(job: Job, given: Parameters<Jobs[Job]>[0]): Promise<Awaited<ReturnType<Jobs[Job]>>>
}

const JOB_WITHIN_MS = 120_000

/** Starts a generator; `cpus` pins it to some cores, as taskset writes them. */
export function startGenerator(cpus: string | null = null): Generator {
  const open = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  const pinned = cpus === null ? [] : ["taskset", "-c", cpus]
  const child = Bun.spawn([...pinned, process.execPath, join(import.meta.dir, "load.ts")], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    serialization: "json",
    ipc({ number, done, failed }: Report) {
      if (failed === undefined) open.get(number)?.resolve(done)
      else open.get(number)?.reject(new Error(failed))
      open.delete(number)
    },
    onExit() {
      for (const { reject } of open.values()) reject(new Error("the load generator ended"))
    },
  })

  watchOver(child)

  return {
    async call(job, given) {
      const number = ++last
      const answer = Promise.withResolvers<unknown>()
      open.set(number, answer)
      const tooLate = setTimeout(() => answer.reject(new Error(`${job} took more than two minutes`)), JOB_WITHIN_MS)
      child.send({ number, job, given })
      // The other end does exactly the job of that name.
      return (await answer.promise.finally(() => clearTimeout(tooLate))) as never
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  }
}
