import { expect, test } from "bun:test"
import { createBreaker } from "../../src/didcomm/breaker.ts"
import { mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, type Resident } from "../kit/resident.ts"

test("each thread of each peer has seven reports, a last one, and then silence", () => {
  const { next } = createBreaker()
  const hear = (peer: string, thread: string, times: number) => Array.from({ length: times }, () => next(peer, thread))
  const seven = Array(7).fill("report")
  expect(hear("did:example:bob", "1", 10)).toEqual([...seven, "last", "silence", "silence"])
  expect(hear("did:example:bob", "2", 7)).toEqual(seven)
  expect(hear("did:example:alice", "1", 7)).toEqual(seven)
})

test("a wallet that errs on and on is told so, and then hears nothing more on that thread", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const err = async (who: Resident, thid: string) => {
    const message = who.plaintext({ type: `${pickup3}/unheard-of`, thid, return_route: "all" }, m.did)
    const { status, text } = await m.post(await who.auth(message, m.did))
    return text === "" ? status : (await who.open(text)).body.code
  }
  const codes: unknown[] = []
  for (let time = 0; time < 10; time++) codes.push(await err(bob, "a thread"))
  const unsupported = Array(7).fill("e.p.msg.unsupported")
  expect(codes).toEqual([...unsupported, "e.p.req.max-errors-exceeded", 202, 202])
  expect(await err(bob, "another thread")).toBe("e.p.msg.unsupported")
  expect(await err(createResident(), "a thread")).toBe("e.p.msg.unsupported")
  // What is right is answered as ever.
  expect((await m.ask(bob, { type: `${pickup3}/status-request`, thid: "a thread" })).type).toBe(`${pickup3}/status`)
})
