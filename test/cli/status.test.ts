import { expect, test } from "bun:test"
import { mediator } from "../kit/mediator.ts"
import { home } from "./home.ts"
import { run } from "./run.ts"

const HOUR = 3_600_000

test("status beside a running mediator says so, and what it keeps", async () => {
  await using m = await mediator()
  const [bob, sender] = [await m.resident(), await m.resident()]
  await m.post(await m.letter(sender, bob.did, "hello"))
  const { port } = new URL(m.url)
  const { stdout, stderr, exit } = await run(["status", "--json", "--data-dir", m.folder, "--port", port])
  expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 })
  expect(JSON.parse(stdout)).toEqual({
    version: expect.any(String),
    server: { url: m.url, state: "ready" },
    publicUrl: `http://localhost:${port}`,
    did: m.did,
    dids: [...m.dids],
    admission: { mode: "open", sentence: "Anyone who asks gets a mailbox." },
    intake: "open",
    registrations: { pending: 0, approved: 2, denied: 0, suspended: 0, revoked: 0 },
    waiting: { messages: 1, bytes: expect.any(Number), oldestAt: expect.closeTo(Date.now(), -5) },
    storage: { databaseBytes: expect.any(Number), walBytes: expect.any(Number), freeBytes: expect.any(Number) },
    backup: { newestAt: null },
  })
})

test("status without one says that nothing answers, and who waits for the operator", async () => {
  const here = await home()
  await here.registered("did:web:anna.example", "pending")
  await here.registered("did:web:clara.example", "approved")
  await here.deliver("did:web:clara.example", 2, { ago: 3 * HOUR })
  const { stdout, exit } = await here.cli("status", "--port", "1", "--public-url", "http://localhost:8080")
  expect(exit).toBe(0)
  expect(stdout).toMatch(/^server +not running: nothing answers at http:\/\/127\.0\.0\.1:1$/m)
  expect(stdout).toMatch(/^DID +did:peer:2\.\S{60,}$/m)
  expect(stdout).toMatch(/^registrations +1 pending, 1 approved$/m)
  expect(stdout).toMatch(/^waiting +2 messages, 2 KiB, the oldest for 3h$/m)
  expect(stdout).toMatch(/^last backup +none yet: restante backup makes one$/m)
  expect(stdout).toEndWith("\n1 newcomer waits for your approval: restante registration list --state pending\n")
})

test("another program at the mediator's address is not taken for it", async () => {
  await using other = Bun.serve({ port: 0, fetch: () => new Response("did:web:elsewhere.example") })
  const here = await home()
  const { server } = await here.document("status", "--port", String(other.port))
  expect(server).toEqual({ url: `http://127.0.0.1:${other.port}`, state: "another program" })
})

test("a proxy that the system names leads nobody away from this machine", async () => {
  await using m = await mediator()
  for (const env of [
    { HTTP_PROXY: "http://127.0.0.1:9" },
    { all_proxy: "http://127.0.0.1:9", no_proxy: "example.org" },
  ]) {
    expect((await run(["health", "--url", m.url], { env })).exit).toBe(0)
  }
})
