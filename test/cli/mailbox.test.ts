import { describe, expect, test } from "bun:test"
import { home } from "./home.ts"

const clara = "did:web:clara.example"
const dora = "did:web:dora.example"
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Clara has old and new mail, Dora one large letter. */
async function street() {
  const here = await home()
  for (const did of [clara, dora]) await here.registered(did, "approved", { ago: 10 * DAY })
  await here.registered("did:web:eva.example", "pending")
  await here.deliver(clara, 4, { ago: 6 * DAY })
  await here.deliver(clara, 2, { ago: HOUR })
  await here.deliver(dora, 1, { ago: 2 * DAY, size: 100_000 })
  return here
}

describe("mailbox list", () => {
  test("has the biggest first, or what --sort says, and nobody without a mailbox", async () => {
    const here = await street()
    const { stdout } = await here.cli("mailbox", "list")
    expect(stdout.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
      ["ITEMS", "SIZE", "FULL", "OLDEST", "SEEN", "LABEL", "DID"],
      ["1", "98 KiB", "0%", "2d", "-", "-", dora],
      ["6", "6 KiB", "0%", "6d", "-", "-", clara],
      [""],
    ])
    const { items } = await here.document("mailbox", "list", "--sort", "messages")
    expect(items.map(({ did }: { did: string }) => did)).toEqual([clara, dora])
    expect(items[0]).toEqual({
      did: clara,
      state: "approved",
      label: "",
      messages: 6,
      bytes: 6144,
      maxMessages: 1000,
      maxBytes: 64 * 1024 * 1024,
      addresses: 1,
      oldestAt: expect.closeTo(Date.now() - 6 * DAY, -5),
      lastSeenAt: null,
    })
  })

  test("says how full a mailbox is against its own quota", async () => {
    const here = await street()
    await here.cli("registration", "describe", clara, "--max-messages", "8")
    expect((await here.cli("mailbox", "list", "--sort", "messages")).stdout).toMatch(/^6 +6 KiB +75% /m)
  })
})

test("mailbox show tells what waits apart from what is held in all", async () => {
  const here = await street()
  expect(await here.document("mailbox", "show", "clara")).toMatchObject({
    did: clara,
    messages: 6,
    waiting: { messages: 6, bytes: 6144 },
  })
  const { stdout } = await here.cli("mailbox", "show", "clara")
  expect(stdout).toMatch(/^ {2}waiting +6 messages, 6 KiB$/m)
  expect(stdout).toMatch(/^ {2}holds in all +6 of 1000 items, 6 KiB of 64 MiB$/m)
})

describe("mailbox purge", () => {
  test("deletes what its dry run said, and no other mailbox's", async () => {
    const here = await street()
    const dry = await here.document("mailbox", "purge", clara, "--dry-run")
    expect(dry).toEqual({ did: clara, dryRun: true, olderThan: 0, messages: 6, bytes: 6144 })
    expect(await here.document("mailbox", "purge", clara, "--yes")).toEqual({ ...dry, dryRun: false })
    expect(await here.document("mailbox", "show", clara)).toMatchObject({ messages: 0, bytes: 0, state: "approved" })
    expect(await here.document("mailbox", "show", dora)).toMatchObject({ messages: 1 })
  })

  test("with --older-than leaves what came since", async () => {
    const here = await street()
    const given = ["mailbox", "purge", clara, "--older-than", "3d"]
    expect((await here.cli(...given, "--dry-run")).stdout).toBe(
      `Would delete 4 messages (4 KiB) from the mailbox of ${clara}.\n`,
    )
    expect((await here.cli(...given, "--yes")).stdout).toBe(
      `Deleted 4 messages (4 KiB) from the mailbox of ${clara}.\n`,
    )
    expect((await here.cli(...given, "--yes")).stdout).toBe(`Deleted nothing from the mailbox of ${clara}.\n`)
    expect(await here.document("mailbox", "show", clara)).toMatchObject({ messages: 2 })
  })

  test("needs --yes where nobody can be asked, and a length of time that is one", async () => {
    const here = await street()
    expect(await here.cli("mailbox", "purge", clara)).toMatchObject({ exit: 64, stdout: "" })
    const wrong = await here.cli("mailbox", "purge", clara, "--older-than", "3", "--yes")
    expect(wrong).toMatchObject({ exit: 64, stderr: expect.stringContaining("--older-than must be a length of time") })
    expect(await here.cli("mailbox", "purge", "did:web:xavier.example", "--yes")).toMatchObject({ exit: 1 })
    expect(await here.document("mailbox", "show", clara)).toMatchObject({ messages: 6 })
  })
})
