/** Who may have a mailbox, through the executable and its command line, for wallets of both protocols. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { agree, meetAt } from "../decentrl/people.ts"
import { type Executable, executable } from "../kit/executable.ts"
import { coordinate3, type Person, pickup3, stranger } from "./sicpa-people.ts"

type Verdict = "granted" | "waits" | "denied"

/** A wallet that nobody knows, and somebody elsewhere who writes to it. */
type Newcomer = {
  readonly did: string
  /** Asks for a mailbox, and moves in where it gets one. */
  ask(invite?: string): Promise<Verdict>
  /** Whether a letter to it is taken in. */
  isReached(text: string): Promise<boolean>
  /** What waits for it; null when it is not served. */
  inbox(): Promise<unknown[] | null>
}

async function didcomm(m: Executable): Promise<Newcomer> {
  const [who, friend] = [await stranger(m, "key-n"), await stranger(m, "key-n")]
  return {
    did: who.did,
    async ask(pthid) {
      const request = { type: `${coordinate3}/mediate-request`, body: {}, return_route: "all", ...(pthid && { pthid }) }
      const answer = await who.wallet.request(m.url, request)
      if (answer?.type !== `${coordinate3}/mediate-grant`)
        return `${answer?.comment}`.includes("waits") ? "waits" : "denied"
      await who.ask(`${coordinate3}/recipient-update`, { updates: [{ recipient_did: who.did, action: "add" }] })
      return "granted"
    },
    async isReached(text) {
      const { status } = await friend.wallet.forward(m.url, who.did, await friend.wallet.letter(who.did, text))
      return status === 202
    },
    inbox: async () => ((await isServed(who)) ? (await who.waiting()).map(({ content }) => content) : null),
  }
}

const isServed = async (who: Person) => (await who.ask(`${pickup3}/status-request`)).type === `${pickup3}/status`

async function decentrl(m: Executable): Promise<Newcomer> {
  const { home, stranger } = await meetAt(m.url)
  const [who, friend] = [await stranger("newcomer"), await stranger("friend")]
  return {
    did: who.did,
    async ask(invite) {
      const { type } = await who.register(undefined, { ...(invite && { invite }) })
      if (type !== "SUCCESS") return type === "PENDING" ? "waits" : "denied"
      await who.ask("SAVE_COMMUNICATION_CONTRACT", { contract: await agree(friend, who) })
      return "granted"
    },
    isReached: async (text) => (await friend.send(who.did, text, home)).type === "SUCCESS",
    async inbox() {
      const { type, payload } = await who.ask("QUERY_PENDING_EVENTS", { pagination: { limit: 50, cursor: null } })
      return type === "SUCCESS" ? (payload.pending_events as { payload: string }[]).map((event) => event.payload) : null
    },
  }
}

const newcomers = { didcomm, decentrl } as const
const protocols = ["didcomm", "decentrl"] as const

describe("under approval", () => {
  let m: Executable
  beforeAll(async () => {
    m = await executable(["--admission-mode", "approval"])
  })
  afterAll(() => m?.[Symbol.asyncDispose]())

  const decide = (act: string, { did }: Newcomer, ...flags: string[]) => m.command("registration", act, did, ...flags)
  const stateOf = async ({ did }: Newcomer) => JSON.parse(await m.command("registration", "show", did, "--json")).state

  test.each(protocols)("a %s wallet waits, is approved from the command line, and then mediates", async (protocol) => {
    const who = await newcomers[protocol](m)
    expect([await who.ask(), await who.ask(), await who.inbox()]).toEqual(["waits", "waits", null])
    expect(await who.isReached("too early")).toBe(false)
    await decide("approve", who)
    expect(await who.ask()).toBe("granted")
    expect(await who.isReached("hello")).toBe(true)
    expect(await who.inbox()).toEqual(["hello"])
  })

  test.each(protocols)("a %s wallet is told of every state, and finds each again after a restart", async (protocol) => {
    const who = await newcomers[protocol](m)
    expect(await who.ask()).toBe("waits")
    await decide("deny", who)
    expect([await stateOf(who), await who.ask(), await who.inbox()]).toEqual(["denied", "denied", null])

    await decide("approve", who)
    expect([await who.ask(), await who.isReached("kept")]).toEqual(["granted", true])
    await decide("suspend", who)
    expect([await who.ask(), await who.inbox(), await who.isReached("not now")]).toEqual(["denied", null, false])
    await m.restart()
    expect([await stateOf(who), await who.ask(), await who.inbox()]).toEqual(["suspended", "denied", null])

    await decide("resume", who)
    expect([await who.isReached("back"), await who.inbox()]).toEqual([true, ["kept", "back"]])
    await decide("revoke", who)
    expect([await stateOf(who), await who.ask(), await who.inbox()]).toEqual(["revoked", "denied", null])

    await decide("forget", who, "--dry-run")
    expect(await stateOf(who)).toBe("revoked")
    await decide("forget", who, "--yes")
    expect([await who.inbox(), await who.ask(), await stateOf(who)]).toEqual([null, "waits", "pending"])
  })
})

/** What a newcomer is told without and with an invite. */
const rules: readonly [mode: string, uninvited: Verdict, invited: Verdict][] = [
  ["open", "granted", "granted"],
  ["approval", "waits", "granted"],
  ["invite", "denied", "granted"],
  ["closed", "denied", "denied"],
]

test.each(rules)(
  "in mode %s a newcomer is %s, with an invite %s, in both protocols",
  async (mode, uninvited, invited) => {
    await using m = await executable(["--admission-mode", mode])
    const { id } = JSON.parse(await m.command("invite", "create", "--uses", "9", "--json"))
    for (const protocol of protocols) {
      const [stranger, guest] = [await newcomers[protocol](m), await newcomers[protocol](m)]
      expect([protocol, await stranger.ask(), await guest.ask(id)]).toEqual([protocol, uninvited, invited])
    }
  },
)

test("of 50 wallets of both protocols that come with one invite at once, exactly as many get in as it says", async () => {
  await using m = await executable(["--admission-mode", "invite"])
  const { id } = JSON.parse(await m.command("invite", "create", "--uses", "7", "--json"))
  const wallets = await Promise.all(Array.from({ length: 25 }, () => protocols.map((one) => newcomers[one](m))).flat())
  const verdicts = await Promise.all(wallets.map((who) => who.ask(id)))
  expect(verdicts.filter((one) => one === "granted")).toHaveLength(7)
  expect(verdicts.filter((one) => one === "denied")).toHaveLength(43)
  expect(JSON.parse(await m.command("invite", "show", id, "--json"))).toMatchObject({ state: "used", used: 7 })
})
