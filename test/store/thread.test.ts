import { expect, test } from "bun:test"
import { startThread } from "../../src/store/sqlite/thread.ts"
import { createWriter } from "../../src/store/sqlite/writer.ts"
import { listeningLog } from "../contract/world.ts"

type Nothing = { nothing: (given: string) => void }
const crashing = () => new Worker(new URL("./crashing-worker.ts", import.meta.url))

for (const way of ["throw", "quit"]) {
  test(`when the writer's thread is lost (${way}), all who wait are refused, it is logged, and so is who comes later`, async () => {
    const log = listeningLog()
    let isClosed = false
    const join = await startThread({ file: "restante.db", ballast: 0 }, log, crashing)
    const writer = createWriter<Nothing>(join, () => (isClosed = true))
    const waiting = [writer.run("nothing", way), writer.run("nothing", way)]
    const settled = await Promise.allSettled(waiting)
    const refused = expect.objectContaining({ reason: expect.objectContaining({ code: "store.failed" }) })
    expect(settled).toEqual([refused, refused])
    expect(log.events).toEqual(["store.writer_lost"])
    const [outcome] = await Promise.allSettled([writer.run("nothing", way)])
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "store.failed" } })
    await writer[Symbol.asyncDispose]()
    expect(isClosed).toBe(true)
  })
}

test("a thread that cannot open its file says so", async () => {
  const log = listeningLog()
  const started = startThread({ file: "/nonexistent/folder/restante.db", ballast: 0 }, log)
  // Not by expect().rejects: under bun test it can miss what another thread answers, and wait for ever.
  const [outcome] = await Promise.allSettled([started])
  const reason = { code: "store.failed", detail: expect.stringContaining("CANTOPEN") }
  expect(outcome).toMatchObject({ status: "rejected", reason })
  expect(log.events).toEqual(["store.writer_lost"])
})
