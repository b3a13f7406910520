import { expect, setDefaultTimeout, test } from "bun:test"
import { fakeClock } from "../kit/clock.ts"
import { pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { desk } from "./desk.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

const DAY = 86_400_000

test("what came, was acknowledged and was refused is in a registration's history within a minute, day by day", async () => {
  const start = Math.floor(Date.now() / DAY) * DAY + DAY / 2
  const clock = fakeClock(start)
  await using d = await desk({ "mailbox-max-messages": "2" }, { clock })
  const bob = await d.m.resident()
  const path = `/registrations/${encodeURIComponent(bob.did)}`
  const send = async (content: string) => d.m.post(await d.m.letter(createResident(), bob.did, content))
  const history = async () => (await d.ada.call("GET", path)).body.history
  const day = (at: number) => Math.floor(at / DAY) * DAY
  const none = { received: 0, fetched: 0, refused: 0 }

  const before = await history()
  expect(before).toHaveLength(30)
  expect(before[0]).toEqual({ day: day(start) - 29 * DAY, ...none })
  expect(before[29]).toEqual({ day: day(start), ...none })

  for (const content of ["one", "two", "three"]) await send(content)
  const [first] = await d.m.inbox(bob)
  await d.m.ask(bob, { type: `${pickup3}/messages-received`, body: { message_id_list: [first?.id] } })
  clock.pass(60_000)
  for (let tries = 0; tries < 100 && (await history())[29].received === 0; tries++) await Bun.sleep(50)
  expect((await history())[29]).toEqual({ day: day(start), received: 2, fetched: 1, refused: 1 })
})
