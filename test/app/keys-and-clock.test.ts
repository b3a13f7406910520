import { expect, test } from "bun:test"
import { startMediator } from "../../src/app/compose.ts"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { DAY, HOUR } from "../contract/world.ts"
import { house } from "./house.ts"

/** When replaced keys end, by a clock that may be wrong. */

test("a clock that is years ahead at the start ends no keys, and one that is right does", async () => {
  using home = await house({ port: "0", "storage-ballast": "0", "log-level": "error" })
  await home.deliver("did:example:bob", 1)
  const dids = await home.atDesk(async ({ identity, self }) => {
    const before = self.did
    await identity.rotate(DAY / 2, home.by)
    return [before, (await identity.report()).dids[0]?.did ?? ""] as const
  })
  const loaded = { settings: home.settings, origins: new Map(), chosen: new Map(), file: null }
  const ahead: Clock = { ...systemClock, now: () => Date.now() + 3650 * DAY }
  {
    await using mediator = await startMediator(loaded, { clock: ahead })
    expect(mediator.dids).toEqual(expect.arrayContaining([...dids]))
  }
  const later: Clock = { ...systemClock, now: () => Date.now() + DAY / 2 + 2 * HOUR }
  await using mediator = await startMediator(loaded, { clock: later })
  expect(mediator.dids).toContain(dids[1])
  expect(mediator.dids).not.toContain(dids[0])
})
