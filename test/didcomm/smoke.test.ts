import { expect, test } from "bun:test"
import { mediator } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"

test("a letter to a resident waits until it is acknowledged", async () => {
  await using m = await mediator()
  const bob = await m.resident()
  const alice = createResident()
  expect(await m.post(await m.letter(alice, bob.did, "hello"))).toMatchObject({ status: 202, text: "" })
  const [letter] = await m.inbox(bob)
  expect(letter?.content).toBe("hello")
  expect(await m.inbox(bob)).toHaveLength(1)
  const status = await m.ask(bob, {
    type: "https://didcomm.org/messagepickup/3.0/messages-received",
    body: { message_id_list: [letter?.id] },
  })
  expect(status.body.message_count).toBe(0)
  expect(await m.inbox(bob)).toEqual([])
})
