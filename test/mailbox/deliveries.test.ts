import { expect, test } from "bun:test"
import { createActivity } from "../../src/mailbox/activity.ts"
import { createCourier } from "../../src/mailbox/courier.ts"
import { createDeliveries } from "../../src/mailbox/deliveries.ts"
import { createMailboxes } from "../../src/mailbox/mailboxes.ts"
import { DAY, HOUR, letter, ROOMY, START, world } from "../contract/world.ts"
import { inMemory } from "../store/places.ts"

/** Bob with three letters that may wait a week, and ends of `ttl` for what he was handed. */
async function bobs(ttl: number) {
  const here = await world(await inMemory())
  const { store, clock } = here
  const bob = await here.resident("did:example:bob")
  const home = await here.address(bob.id, "did:example:home")
  await here.deposit(home, ...["a", "b", "c"].map((text) => letter({ text, expiresAt: START + 7 * DAY })))
  const deliveries = createDeliveries(store, { clock, ttl: () => ttl })
  const fail = (error: unknown) => {
    throw error
  }
  const courier = createCourier(store, { clock, onError: fail, onPushed: deliveries.note })
  const activity = createActivity(store, clock)
  const policy = { quota: ROOMY, maxMessageBytes: 99, ttl: DAY, maxAddresses: 9 }
  const mailboxes = deliveries.mailboxes(createMailboxes(store, { clock, courier, activity, policy: () => policy }))
  const query = { mailbox: bob.id, lane: "didcomm", address: null, after: 0, bytes: 99 } as const
  const ends = async () => (await here.all(bob.id)).map(({ content, expiresAt }) => [content, expiresAt - START])
  return { here, mailboxes, courier, deliveries, query, ends }
}

test("mail that was handed over and not acknowledged ends early; what nobody saw waits as long as it may", async () => {
  const { here, mailboxes, deliveries, query, ends } = await bobs(HOUR)
  await using _ = here
  await mailboxes.peek({ ...query, limit: 2 })
  await mailboxes.standing({ ...query })
  await deliveries.flush()
  const week = 7 * DAY
  expect(await ends()).toEqual([
    ["a", HOUR],
    ["b", HOUR],
    ["c", week],
  ])
  // Handed over again, it does not last longer.
  here.clock.pass(HOUR / 2)
  await mailboxes.peek({ ...query, limit: 1 })
  await deliveries.flush()
  expect(await ends()).toContainEqual(["a", HOUR])
})

test("what is brought counts as handed over, what could not be sent does not", async () => {
  const { here, courier, deliveries, query, ends } = await bobs(HOUR)
  await using _ = here
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const wanted = { mailbox: query.mailbox, lane: "didcomm", after: 0 } as const
  let pushed = 0
  const push = async () => {
    if (++pushed === 1) return "sent" as const
    resolve()
    return "closed" as const
  }
  courier.listen(wanted, { push })
  await done
  await Bun.sleep(0)
  await deliveries.flush()
  expect((await ends()).map(([, end]) => end)).toEqual([HOUR, 7 * DAY, 7 * DAY])
})

test("without an end of its own, mail that was handed over stays as long as any other", async () => {
  const { here, mailboxes, deliveries, query, ends } = await bobs(0)
  await using _ = here
  await mailboxes.peek({ ...query, limit: 3 })
  await deliveries.flush()
  expect((await ends()).map(([, end]) => end)).toEqual(Array(3).fill(7 * DAY))
})
