import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createServer } from "node:net"
import { coordination3, mediator, pickup3 } from "../kit/mediator.ts"
import { createResident } from "../kit/resident.ts"
import { openSocket } from "../kit/socket.ts"

/** What a mediator says about itself to Prometheus. */

const TOKEN = "a-token-of-the-test"
const bearer = { headers: { Authorization: `Bearer ${TOKEN}` } }

type Mediator = Awaited<ReturnType<typeof mediator>>
let m: Mediator

beforeAll(async () => {
  m = await mediator({ "metrics-token": TOKEN })
})
afterAll(async () => {
  await m[Symbol.asyncDispose]()
})

async function figures(): Promise<{ text: string; value: (series: string) => number | undefined }> {
  const text = await (await fetch(`${m.url}/metrics`, bearer)).text()
  const lines = new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  )
  return { text, value: (series) => lines.get(series) }
}

/** By how much each of the series grows while `act` runs. */
async function growth(series: readonly string[], act: () => Promise<unknown>): Promise<number[]> {
  const before = await figures()
  await act()
  const after = await figures()
  return series.map((one) => (after.value(one) ?? 0) - (before.value(one) ?? 0))
}

const inResult = (result: string) => `restante_messages_in_total{lane="didcomm",result="${result}"}`
const outResult = (result: string) => `restante_messages_out_total{lane="didcomm",result="${result}"}`
const refused = (by: string, code: string) => `restante_refusals_total{by="${by}",code="${code}"}`

describe("what is counted", () => {
  test("a message in, the same again, fetched, acknowledged", async () => {
    const bob = await m.resident()
    const letter = await m.letter(createResident(), bob.did, "hello")
    const series = [inResult("stored"), inResult("known"), outResult("fetched"), outResult("acknowledged")]
    expect(
      await growth(series, async () => {
        await m.post(letter)
        await m.post(letter)
        const [first] = await m.inbox(bob)
        const body = { message_id_list: [first?.id, "unknown"] }
        await m.ask(bob, { type: `${pickup3}/messages-received`, body })
      }),
    ).toEqual([1, 1, 1, 1])
  })

  test("a push over a socket, and the socket while it is open", async () => {
    const bob = await m.resident()
    expect(
      await growth([outResult("pushed"), "restante_sockets"], async () => {
        const socket = await openSocket(m)
        await socket.ask(bob, { type: `${pickup3}/live-delivery-change`, body: { live_delivery: true } })
        await m.post(await m.letter(createResident(), bob.did, "hello"))
        await socket.next()
        expect((await figures()).value("restante_sockets")).toBe(1)
        await socket[Symbol.asyncDispose]()
        await Bun.sleep(50)
      }),
    ).toEqual([1, 0])
  })

  test("each refusal by its reason, also those that are told with status 200 or not at all", async () => {
    const stranger = createResident()
    const ask = (type: string) => m.ask(stranger, { type })
    const series = [
      refused("door", "request.not_found"),
      refused("door", "request.too_large"),
      refused("didcomm", "envelope.malformed"),
      refused("didcomm", "registration.unknown"),
      refused("didcomm", "message.unsupported"),
      refused("didcomm", "recipient.unknown"),
      refused("decentrl", "command.malformed"),
    ]
    expect(
      await growth(series, async () => {
        await fetch(`${m.url}/nowhere`)
        await m.post("x".repeat(2 * 1024 * 1024))
        await m.post("{}")
        await ask(`${pickup3}/status-request`)
        await ask("https://example.org/unheard-of/1.0/thing")
        await m.post(await m.letter(stranger, createResident().did, "for nobody"))
        await fetch(`${m.url}/decentrl`, {
          method: "POST",
          body: "{}",
          headers: { "Content-Type": "application/json" },
        })
      }),
    ).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  test("responses by status, envelopes by result, and how long both the disk and the answers took", async () => {
    const series = [
      'restante_http_responses_total{status="200"}',
      'restante_requests_total{lane="didcomm",result="answered"}',
      "restante_http_response_seconds_count",
    ]
    const [ok = 0, answered = 0, times = 0] = await growth(series, () =>
      m.ask(createResident(), { type: `${coordination3}/mediate-request` }),
    )
    expect([ok, answered, times]).toEqual([2, 1, 2])
    const { value } = await figures()
    expect(value("restante_store_commit_seconds_count")).toBeGreaterThan(0)
    expect(value("restante_store_commit_acts_sum")).toBeGreaterThanOrEqual(
      value("restante_store_commit_acts_count") ?? 0,
    )
    expect(value("restante_store_queue")).toBe(0)
  })

  test("the process and its files", async () => {
    const { value } = await figures()
    expect(value("restante_process_resident_memory_bytes")).toBeGreaterThan(10_000_000)
    expect(value("restante_process_cpu_seconds_total")).toBeGreaterThan(0)
    expect(value("restante_process_start_time_seconds")).toBeGreaterThan(1_700_000_000)
    expect(value('restante_store_bytes{part="database"}')).toBeGreaterThan(4_095)
    expect(value("restante_messages_waiting")).toBeGreaterThanOrEqual(0)
  })
})

test("no figure names anybody", async () => {
  const bob = await m.resident()
  await m.post(await m.letter(createResident(), bob.did, "hello"))
  expect((await figures()).text).not.toMatch(/did:|127\.0\.0\.1|::1/)
})

test("every line is one that Prometheus reads, each family once with its help and type before it", async () => {
  const { text } = await figures()
  expect(text.endsWith("\n")).toBe(true)
  const seen = new Set<string>()
  let family = ""
  for (const line of text.slice(0, -1).split("\n")) {
    const [, help] = /^# HELP (\w+) \S.*$/.exec(line) ?? []
    if (help !== undefined) {
      expect(seen).not.toContain(help)
      seen.add(help)
      family = help
      continue
    }
    if (line.startsWith("# TYPE ")) expect(line).toMatch(new RegExp(`^# TYPE ${family} (counter|gauge|histogram)$`))
    else
      expect(line).toMatch(
        new RegExp(`^${family}(_bucket|_sum|_count)?(\\{\\w+="[^"]*"(,\\w+="[^"]*")*\\})? (NaN|[+-]Inf|-?[\\d.e+-]+)$`),
      )
  }
  for (const name of seen) expect(name).toMatch(/^restante_/)
})

test("docs/limits.md lists every figure, and no other", async () => {
  const page = await Bun.file(new URL("../../docs/limits.md", import.meta.url)).text()
  const listed = [...page.matchAll(/^\| `(restante_\w+)/gm)].map(([, name = ""]) => name)
  const { text } = await figures()
  const given = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name)
  expect(listed.toSorted()).toEqual(given.toSorted())
})

describe("who may read them", () => {
  test.each<[string, string | null]>([
    ["nothing", null],
    ["another token", "Bearer another"],
    ["a longer one", `Bearer ${TOKEN}x`],
    ["a shorter one", `Bearer ${TOKEN.slice(0, -1)}`],
    ["no token at all", "Bearer "],
    ["another scheme", `Basic ${btoa(`metrics:${TOKEN}`)}`],
    ["the token twice", `Bearer ${TOKEN} ${TOKEN}`],
  ])("not whoever brings %s", async (_, authorization) => {
    const response = await fetch(`${m.url}/metrics`, authorization === null ? {} : { headers: { authorization } })
    expect([response.status, await response.text()]).toEqual([401, ""])
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer")
  })

  test("whoever brings the token, in the format that Prometheus asks for", async () => {
    const response = await fetch(`${m.url}/metrics`, bearer)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
  })

  test("nobody, unless they were asked for", async () => {
    await using plain = await mediator()
    expect((await fetch(`${plain.url}/metrics`)).status).toBe(404)
  })

  test("on an address of their own: only they are there, and they are nowhere else", async () => {
    const port = await freePort()
    await using own = await mediator({ "metrics-listen": `127.0.0.1:${port}` })
    const response = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect([response.status, (await response.text()).includes("restante_build_info")]).toEqual([200, true])
    expect((await fetch(`http://127.0.0.1:${port}/did`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" })).status).toBe(404)
    expect((await fetch(`${own.url}/metrics`)).status).toBe(404)
  })

  test("with a token, it is asked for on their own address, too", async () => {
    const port = await freePort()
    await using _ = await mediator({ "metrics-listen": `127.0.0.1:${port}`, "metrics-token": TOKEN })
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, bearer)).status).toBe(200)
  })

  test("an address that is taken stops the start", async () => {
    const { port } = new URL(m.url)
    expect(mediator({ "metrics-listen": `127.0.0.1:${port}` })).rejects.toThrow("server.address")
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" && address ? address.port : 0
}
