import { expect, setDefaultTimeout, test } from "bun:test"
import { browser, PASSWORD } from "../admin/desk.ts"
import { fakeClock } from "../kit/clock.ts"
import { command, post } from "../kit/decentrl.ts"
import { type Client, type Fields, told, town } from "./people.ts"

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

const MINUTE = 60_000

test("an owner is seen when it sends a command, also to others, and not when mail comes for it", async () => {
  const clock = fakeClock(Date.now())
  const flags = { "admin-password": PASSWORD, "limits-per-address": "0", "limits-per-did": "0" }
  await using t = await town(flags, { clock })
  const ada = browser(t.admin.url)
  await ada.signIn("admin")
  const [alice, bob] = await t.friends()
  const say = async (who: Client, to: string, payload: Fields, channel: "TWO_WAY_PRIVATE" | "DIRECT_AUTHENTICATED") =>
    told(await post(t.url, await command(who, channel, to, payload, { timestamp: clock.now() })))
  const seen = async (who: Client): Promise<number> =>
    (await ada.call("GET", `/registrations/${encodeURIComponent(who.did)}`)).body.lastSeenAt
  /** Upkeep tells of all who were seen at the same time. */
  const until = async (who: Client, at: number) => {
    while ((await seen(who)) !== at) {
      clock.pass(MINUTE)
      await Bun.sleep(20)
    }
  }
  const query = { type: "QUERY_PENDING_EVENTS" }
  const fetchedAt = clock.now()
  expect(await say(bob, t.home.did, query, "DIRECT_AUTHENTICATED")).toBe("200")
  await until(bob, fetchedAt)

  clock.pass(10 * MINUTE)
  const sentAt = clock.now()
  expect(await say(alice, bob.did, { payload: "are you there?" }, "TWO_WAY_PRIVATE")).toBe("200")
  await until(alice, sentAt)
  expect(await seen(bob)).toBe(fetchedAt)

  const againAt = clock.now()
  expect(await say(bob, t.home.did, query, "DIRECT_AUTHENTICATED")).toBe("200")
  await until(bob, againAt)
})
