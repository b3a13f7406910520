import { expect, setDefaultTimeout, test } from "bun:test"
import { coordination3, type Mediator, pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"
import { desk } from "./desk.ts"

/** The figures that the admin pages draw. */

// Passwords are slow to hash on purpose.
setDefaultTimeout(30_000)

type Desk = Awaited<ReturnType<typeof desk>>
type Points = {
  readonly step: number
  readonly until: number
  readonly points: number
  readonly series: Readonly<Record<string, readonly (number | null)[]>>
  readonly units: Readonly<Record<string, string>>
}

const total = ({ series }: Points, name: string): number =>
  (series[name] ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** History once it says what is waited for; a second has to pass for that. */
async function historyWith(d: Desk, isThere: (points: Points) => boolean): Promise<Points> {
  for (let tries = 0; tries < 100; tries++) {
    const points: Points = (await d.ada.call("GET", "/history?step=1")).body
    if (isThere(points)) return points
    await Bun.sleep(100)
  }
  throw new Error("history never said so")
}

const send = async (m: Mediator, to: string) => m.post(await m.letter(createResident(), to, "hello"))

test("a message that came, waited and was pushed is in history, with how long that took", async () => {
  await using d = await desk()
  const { m } = d
  const bob = await m.resident()
  await send(m, bob.did)
  await Bun.sleep(300)
  await m.inbox(bob)
  await m.inbox(bob)
  await using socket = await openSocket(m)
  await socket.ask(bob, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
  await send(m, bob.did)
  await socket.next()
  await send(m, createResident().did)

  const points = await historyWith(
    d,
    (points) => total(points, "messages_out_didcomm") > 1.8 && total(points, "sockets") > 0.8,
  )
  expect(total(points, "messages_in_didcomm")).toBeWithin(1.5, 2.5)
  expect(total(points, "messages_out_didcomm")).toBeWithin(1.5, 2.5)
  expect(total(points, "messages_in_decentrl")).toBe(0)
  expect(total(points, "refused_recipient.unknown")).toBeWithin(0.7, 1.3)
  expect(Math.max(...(points.series.deliver_p99 ?? []).map(Number))).toBeWithin(0.25, 10)
  expect(total(points, "commit_p50")).toBeGreaterThan(0)
  expect(points.units.deliver_p50).toBe("seconds")
  for (const column of Object.values(points.series)) expect(column).toHaveLength(points.points)
  expect(Object.keys(points.units)).toEqual(Object.keys(points.series))

  const { body: status } = await d.ada.call("GET", "/status")
  expect(status).toMatchObject({ messagesInPerMinute: 2, messagesOutPerMinute: 2, diskDaysLeft: null, intake: "open" })
  expect(status.topRefusal).toMatchObject({ code: "recipient.unknown", count: 1 })
  expect(status.topRefusal.sentence).toContain("is not enroll")
  expect(["ok", "warn"]).toContain(status.health.level)
})

test("the latest points alone can be asked for, of any ring and no other", async () => {
  await using d = await desk()
  await historyWith(d, ({ points }) => points >= 2)
  expect((await d.ada.call("GET", "/history?step=1&points=1")).body).toMatchObject({ step: 1, points: 1 })
  expect((await d.ada.call("GET", "/history")).body).toMatchObject({ step: 10 })
  expect((await d.ada.call("GET", "/history?step=300")).body).toMatchObject({ step: 300, points: 0 })
  const merged: Points = (await d.ada.call("GET", "/history?step=1&merge=5")).body
  expect(merged.step).toBe(5)
  expect(merged.until % 5_000).toBe(0)
  expect(merged.points).toBeWithin(1, 60)
  for (const query of ["merge=0", "merge=1001", "step=2", "points=0", "points=-1", "points=many", "step=1&step=x"]) {
    expect((await d.ada.call("GET", `/history?${query}`)).status).toBe(query.startsWith("step=1") ? 200 : 400)
  }
})

test("limits tell their rates, who is known, and who was refused most", async () => {
  await using d = await desk({
    "limits-per-address": "50",
    "limits-forwards-per-address": "1",
    "limits-burst": "1s",
    "limits-connections-per-address": "7",
    "trusted-proxies": "127.0.0.1",
  })
  const { m } = d
  const bob = await m.resident()
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } })
  const floods = Array.from({ length: 80 }, () => fetch(`${m.url}/did`, from("203.0.113.9")))
  const refused = (await Promise.all(floods)).filter(({ status }) => status === 429).length
  expect(refused).toBeGreaterThan(0)
  await m.ask(bob, { type: `${coordination3}/recipient-query` })

  const { body } = await d.ada.call("GET", "/limits")
  expect(body.perAddress).toMatchObject({ rate: 50, burst: 50 })
  expect(body.perAddress.tracked).toBeGreaterThan(0)
  expect(body.forwardsPerAddress).toMatchObject({ rate: 1, burst: 1 })
  expect(body.perDid).toMatchObject({ rate: 25, tracked: 1 })
  expect(body.fetchesPerDid).toMatchObject({ tracked: 0, limited: 0 })
  expect(body.connections).toMatchObject({ most: 7 })
  expect(body.crypto).toEqual({ running: 0, waiting: 0, atOnce: 256, mostWaiting: 4096 })
  expect(body.cryptoStrangers).toEqual({ running: 0, waiting: 0, atOnce: 128, mostWaiting: 2048 })
  expect(body.mostLimited).toEqual([{ address: "203.0.113.9", refused }])
})

test("what is chosen for a limit is what limits tell next", async () => {
  await using d = await desk()
  await d.ada.call("PATCH", "/settings", { values: { "limits.per_did": "3", "limits.burst": "2s" } })
  expect((await d.ada.call("GET", "/limits")).body.perDid).toMatchObject({ rate: 3, burst: 6 })
})

test("the feed tells of health, too", async () => {
  await using d = await desk()
  await d.ada.call("POST", "/intake", { mode: "paused" })
  for await (const { event, data } of d.ada.feed()) {
    if (event !== "status") continue
    expect(data).toMatchObject({ intake: "paused", health: { level: "warn" } })
    break
  }
})
