import { describe, expect, test } from "bun:test"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { Fault } from "../../src/faults.ts"
import { createClientLimits } from "../../src/transport/limits.ts"
import { fakeClock } from "../kit/clock.ts"
import { mediator, pickup3 } from "../kit/mediator.ts"
import { createResident, encrypted, type Resident } from "../kit/resident.ts"

/** Limits by client address: the keeping of them, and what a client notices. */

const HOME = "203.0.113.7"
const ELSEWHERE = "198.51.100.9"

function limits({ perSecond = 10, burst = 20, connections = 3 } = {}) {
  const clock = fakeClock()
  return { clock, ...createClientLimits({ rate: () => ({ perSecond, burst }), connections: () => connections, clock }) }
}

const codeOf = (outcome: unknown): string | null => (outcome instanceof Fault ? outcome.code : null)

describe("requests", () => {
  test("strangers are refused beyond the burst and told when to come back, each address for itself", () => {
    const { admit, clock } = limits()
    for (let times = 0; times < 20; times++) expect(admit(HOME)).toBe(0)
    expect(admit(HOME)).toMatchObject({ code: "request.too_often", retry: 1 })
    expect(admit(ELSEWHERE)).toBe(0)
    clock.pass(100)
    expect([admit(HOME), codeOf(admit(HOME))]).toEqual([0, "request.too_often"])
  })

  test("an address that a member has proved itself from waits its turn instead, for a day", () => {
    const { admit, vouch, clock } = limits()
    vouch(HOME)
    for (let times = 0; times < 20; times++) admit(HOME)
    expect([1, 2, 3].map(() => admit(HOME))).toEqual([0.1, 0.2, 0.3].map((wait) => expect.closeTo(wait)))
    for (let times = 0; times < 1_000; times++) expect(admit(HOME)).toBeLessThanOrEqual(2)
    clock.pass(24 * 3_600_000 + 1)
    for (let times = 0; times < 20; times++) admit(HOME)
    expect(codeOf(admit(HOME))).toBe("request.too_often")
  })

  test("what could not be opened costs as much as ten requests", () => {
    const { admit, charge } = limits()
    for (let times = 0; times < 2; times++) {
      expect(admit(HOME)).toBe(0)
      charge(HOME)
    }
    expect(codeOf(admit(HOME))).toBe("request.too_often")
  })

  test("failures are owed for a burst's time at most", () => {
    const { admit, charge, clock } = limits()
    for (let times = 0; times < 1_000; times++) charge(HOME)
    expect(codeOf(admit(HOME))).toBe("request.too_often")
    clock.pass(2_100)
    expect(admit(HOME)).toBe(0)
  })

  test("this machine is not limited, and neither is anybody at 0 a second", () => {
    const own = limits()
    const none = limits({ perSecond: 0, burst: 1, connections: 0 })
    for (let times = 0; times < 1_000; times++) {
      own.charge("local")
      none.charge(HOME)
      expect([own.admit("local"), none.admit(HOME)]).toEqual([0, 0])
      expect([codeOf(own.connect("local")), codeOf(none.connect(HOME))]).toEqual([null, null])
    }
  })
})

test("an address has so many places, and each is given back once", () => {
  const { connect } = limits()
  const [first] = [connect(HOME), connect(HOME), connect(HOME)]
  expect([codeOf(connect(HOME)), codeOf(connect(ELSEWHERE))]).toEqual(["request.connections", null])
  if (first && !(first instanceof Fault)) for (const _ of "twice") first[Symbol.dispose]()
  expect([codeOf(connect(HOME)), codeOf(connect(HOME))]).toEqual([null, "request.connections"])
})

/** A mediator behind a proxy on this machine, so that a client is whoever the header says. */
const behindProxy = (flags: Readonly<Record<string, string>> = {}, ports: { clock?: Clock } = {}) =>
  mediator({ "trusted-proxies": "127.0.0.1,::1", ...flags }, ports)

/** A clock on which no token ever comes in, though whoever waits is woken. */
function standing(): Clock {
  const now = Date.now()
  return { ...systemClock, now: () => now }
}

/** The same at a standstill: five requests from one address, and no more will ever come in. */
const five = () => behindProxy({ "limits-per-address": "1", "limits-burst": "5s" }, { clock: standing() })

type Mediator = Awaited<ReturnType<typeof mediator>>

const send = (m: Mediator, from: string, body: string, headers: Record<string, string> = {}) =>
  fetch(m.url, { method: "POST", body, headers: { "Content-Type": encrypted, "X-Forwarded-For": from, ...headers } })

const look = (m: Mediator, headers: Record<string, string>, path = "/healthz") => fetch(m.url + path, { headers })

async function statuses(times: number, act: (index: number) => Promise<Response>): Promise<number[]> {
  const found: number[] = []
  for (let index = 0; index < times; index++) {
    const response = await act(index)
    await response.text()
    found.push(response.status)
  }
  return found
}

describe("over HTTP", () => {
  test("429 with Retry-After and nothing else, for this address and no other", async () => {
    await using m = await five()
    expect(await statuses(6, () => look(m, { "X-Forwarded-For": HOME }))).toEqual([200, 200, 200, 200, 200, 429])
    const response = await send(m, HOME, "{}")
    expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([429, "1", ""])
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
    expect((await look(m, { "X-Forwarded-For": ELSEWHERE })).status).toBe(200)
  })

  test.each<[string, (index: number) => Record<string, string>]>([
    ["another claim each time, left of what the proxy wrote", (n) => ({ "X-Forwarded-For": `10.1.1.${n}, ${HOME}` })],
    ["claims that name the proxy", (n) => ({ "X-Forwarded-For": `10.1.1.${n}, 127.0.0.1, ${HOME}` })],
    ["a thousand hops", (n) => ({ "X-Forwarded-For": `${`10.1.1.${n},`.repeat(900)} ${HOME}` })],
    ["the header's name in other letters", (n) => ({ [n % 2 ? "x-FORWARDED-for" : "X-Forwarded-For"]: HOME })],
    [
      "headers of other proxies",
      (n) => ({ "X-Forwarded-For": HOME, "X-Real-IP": `10.1.1.${n}`, Forwarded: `for=${n}` }),
    ],
    ["an address mapped into IPv6", (n) => ({ "X-Forwarded-For": n % 2 ? HOME : `::ffff:${HOME}` })],
    ["another port each time", (n) => ({ "X-Forwarded-For": `${HOME}:${4000 + n}` })],
    ["all of a /64", (n) => ({ "X-Forwarded-For": `2001:db8:1:2:${n}:${n}:${n}:${n}` })],
  ])("no way around it: %s", async (_, headers) => {
    await using m = await five()
    expect(await statuses(7, (index) => look(m, headers(index)))).toEqual([200, 200, 200, 200, 200, 429, 429])
  })

  test("without a trusted proxy the header changes nothing, and a proxy that nobody named is told of once", async () => {
    await using m = await mediator({ "limits-per-address": "1", "limits-burst": "5s", "log-level": "warn" })
    expect(await statuses(20, () => look(m, { "X-Forwarded-For": HOME }))).toEqual(Array(20).fill(200))
    expect(m.logged.filter((line) => line.includes("http.unknown_proxy"))).toHaveLength(1)
  })

  test("Decentrl's clients read it in their words", async () => {
    await using m = await five()
    await statuses(5, () => look(m, { "X-Forwarded-For": HOME }))
    const response = await fetch(`${m.url}/decentrl`, {
      method: "POST",
      headers: { "X-Forwarded-For": HOME },
      body: "{}",
    })
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"])
    expect(JSON.stringify(await response.json())).toContain("RATE_LIMITED")
  })

  test("rubbish is let in less often than what can be opened", async () => {
    await using m = await behindProxy({ "limits-per-address": "1", "limits-burst": "20s" }, { clock: standing() })
    expect(await statuses(4, () => send(m, HOME, '{"ciphertext":1}'))).toEqual([400, 400, 429, 429])
  })

  test("a wallet that polls too fast from where it is known is served later, never refused", async () => {
    await using m = await behindProxy({ "limits-per-address": "20", "limits-burst": "1s" })
    const alice = await m.resident()
    const call = () => poll(m, alice, HOME)
    expect(await call()).toBe(200)
    const start = performance.now()
    const answers = await Promise.all(Array.from({ length: 40 }, call))
    expect(answers).toEqual(Array(40).fill(200))
    expect(performance.now() - start).toBeGreaterThan(500)
  })
})

async function poll(m: Mediator, who: Resident, from: string): Promise<number> {
  const draft = { type: `${pickup3}/status-request`, return_route: "all" }
  const response = await send(m, from, await who.auth(who.plaintext(draft, m.did), m.did))
  await response.text()
  return response.status
}

describe("on sockets", () => {
  /** Opens a socket as a client at `from`; resolves with null when it is refused. */
  function open(m: Mediator, from: string): Promise<WebSocket | null> {
    const socket = new WebSocket(m.wsUrl, { headers: { "X-Forwarded-For": from } } as unknown as string[])
    return new Promise((resolve) => {
      socket.addEventListener("open", () => resolve(socket))
      socket.addEventListener("error", () => resolve(null))
    })
  }

  test("an address opens so many, others are not in its way, and closing one makes room", async () => {
    await using m = await behindProxy({ "limits-connections-per-address": "3" })
    const sockets = [await open(m, HOME), await open(m, HOME), await open(m, HOME)]
    expect(sockets).not.toContain(null)
    expect(await open(m, HOME)).toBe(null)
    expect((await look(m, { "X-Forwarded-For": HOME })).status).toBe(429)
    expect(await open(m, ELSEWHERE)).not.toBe(null)
    const [first] = sockets
    const closed = new Promise((resolve) => first?.addEventListener("close", resolve))
    first?.close()
    await closed
    for (const end = performance.now() + 2_000; performance.now() < end; await Bun.sleep(10)) {
      if ((await look(m, { "X-Forwarded-For": HOME })).status === 200) break
    }
    expect(await open(m, HOME)).not.toBe(null)
  })

  test("frames count as requests do, and are slowed down instead of lost", async () => {
    await using m = await behindProxy({ "limits-per-address": "10", "limits-burst": "1s" })
    const socket = await open(m, HOME)
    const alice = createResident()
    const answered = Promise.withResolvers<void>()
    let answers = 0
    socket?.addEventListener("message", () => void (++answers === 15 && answered.resolve()))
    const start = performance.now()
    for (let times = 0; times < 15; times++) {
      const ping = { type: "https://didcomm.org/trust-ping/2.0/ping", return_route: "all" }
      socket?.send(await alice.auth(alice.plaintext(ping, m.did), m.did))
    }
    await answered.promise
    expect(performance.now() - start).toBeGreaterThan(400)
    socket?.close()
  })
})
