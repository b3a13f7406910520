import { describe, expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { type Home, home } from "./home.ts"
import { emptyFolder, run } from "./run.ts"

const anna = "did:web:anna.example"
const bert = "did:web:bert.example"
const clara = "did:web:clara.example"
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Anna waits, Bert was denied, Clara has a mailbox with three letters. */
async function village(): Promise<Home> {
  const here = await home()
  await here.registered(clara, "approved", { ago: 5 * HOUR })
  await here.registered(bert, "denied", { ago: 4 * HOUR, lane: "decentrl" })
  await here.registered(anna, "pending", { ago: 2 * HOUR })
  await here.deliver(clara, 3, { ago: HOUR })
  return here
}

describe("registration list", () => {
  test("has a line for each, the newest first, with DIDs whole where nobody looks at a terminal", async () => {
    const here = await village()
    const { stdout, stderr, exit } = await here.cli("registration", "list")
    expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 })
    expect(stdout.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
      ["STATE", "LABEL", "PROTOCOLS", "HOLDS", "SINCE", "SEEN", "DID"],
      ["pending", "-", "didcomm", "-", "2h", "-", anna],
      ["denied", "-", "decentrl", "-", "4h", "-", bert],
      ["approved", "-", "didcomm", "3 (3 KiB)", "5h", "-", clara],
      [""],
    ])
  })

  test("can be narrowed by state and by text, and read page by page", async () => {
    const here = await village()
    const dids = async (...args: string[]) =>
      (await here.document("registration", "list", ...args)).items.map(({ did }: { did: string }) => did)
    expect(await dids("--state", "pending,denied")).toEqual([anna, bert])
    expect(await dids("--search", "CLARA")).toEqual([clara])
    const first = await here.document("registration", "list", "--limit", "2")
    expect(first.total).toBe(3)
    expect(await dids("--limit", "2", "--after", first.next)).toEqual([clara])
    const { stderr } = await here.cli("registration", "list", "--limit", "2")
    expect(stderr).toBe(`[info] 2 of 3; the next ones: --after ${first.next}\n`)
    const wrong = await here.cli("registration", "list", "--after", "2")
    expect(wrong).toMatchObject({ exit: 64, stderr: expect.stringContaining("--after must be what the page before") })
    expect((await here.cli("registration", "list", "--search", "nobody")).stdout).toBe(
      "No registrations are like that.\n",
    )
  })

  test("takes no state that there is not", async () => {
    const { stderr, exit } = await run(["registration", "list", "--state", "waiting"])
    expect(stderr).toContain('--state must be a list of some of "pending", "approved"')
    expect(exit).toBe(64)
  })
})

describe("registration show", () => {
  test("its JSON has every member, none of what was sent, and times in milliseconds", async () => {
    const here = await village()
    expect(await here.document("registration", "show", clara)).toEqual({
      did: clara,
      state: "approved",
      lanes: ["didcomm"],
      label: "",
      note: "",
      invite: null,
      overrides: { maxMessages: null, maxBytes: null },
      addresses: 1,
      messages: 3,
      bytes: 3072,
      oldestAt: expect.closeTo(Date.now() - HOUR, -5),
      createdAt: expect.closeTo(Date.now() - 5 * HOUR, -5),
      changedAt: expect.closeTo(Date.now() - 5 * HOUR, -5),
      lastSeenAt: null,
      pruneAt: null,
    })
  })

  test("tells people the same", async () => {
    const { stdout } = await (await village()).cli("registration", "show", clara)
    expect(stdout).toMatch(
      new RegExp(`^${clara}\n\n {2}state +approved, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\n`),
    )
    expect(stdout).toMatch(/^ {2}holds +3 items, 3 KiB$/m)
    expect(stdout).toMatch(/^ {2}may hold +items as configured, bytes as configured$/m)
  })
})

describe("a DID may be given as", () => {
  test.each([["anna"], ["did:web:anna"], ["did:web…na.example"], ["did:web:an...ple"]])("%s", async (part) => {
    const here = await village()
    expect((await here.document("registration", "show", part)).did).toBe(anna)
  })

  test("a part that several have ends with 64 and names them", async () => {
    const here = await village()
    const { stdout, stderr, exit } = await here.cli("registration", "approve", ".example")
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 64 })
    for (const did of [anna, bert, clara]) expect(stderr).toContain(`\n  ${did}\n`)
    expect(await here.document("registration", "list", "--state", "approved")).toMatchObject({ total: 1 })
  })

  test("a label or too little of it names nobody", async () => {
    const here = await village()
    await here.cli("registration", "describe", "anna", "--label", "phone")
    for (const given of ["phone", "ann", "ANNA"]) {
      const { stderr, exit } = await here.cli("registration", "show", given)
      expect(stderr).toContain(`There is no registration of ${given}.`)
      expect(exit).toBe(1)
    }
  })
})

describe("a decision", () => {
  test("says from where to where each registration went", async () => {
    const here = await village()
    const { stdout, stderr, exit } = await here.cli("registration", "approve", "anna", bert, anna)
    expect({ stdout, stderr, exit }).toEqual({
      stdout: `pending → approved  ${anna}\ndenied → approved   ${bert}\n`,
      stderr: "",
      exit: 0,
    })
    expect(await here.document("registration", "suspend", anna)).toEqual({
      changed: [{ did: anna, from: "approved", to: "suspended" }],
      failed: [],
    })
    expect((await here.cli("registration", "resume", anna)).stdout).toBe(`suspended → approved  ${anna}\n`)
    expect((await here.cli("registration", "revoke", anna)).stdout).toBe(`approved → revoked  ${anna}\n`)
  })

  test("that the state does not allow ends with 1 and says why; the others are carried out", async () => {
    const here = await village()
    const { stdout, stderr, exit } = await here.cli("registration", "deny", "clara", "anna", "--json")
    const sentence = "To deny is not possible while the registration is approved: it must be pending."
    expect(JSON.parse(stdout)).toEqual({
      changed: [{ did: anna, from: "pending", to: "denied" }],
      failed: [{ did: clara, error: { code: "account.state", sentence } }],
    })
    expect({ stderr, exit }).toEqual({ stderr: `[error] ${clara}\n${sentence}\n`, exit: 1 })
  })

  test("of which one DID is unknown changes nothing", async () => {
    const here = await village()
    const { stderr, exit } = await here.cli("registration", "approve", "anna", "did:web:xavier.example")
    expect(stderr).toContain("There is no registration of did:web:xavier.example.\n")
    expect(exit).toBe(1)
    expect((await here.document("registration", "show", anna)).state).toBe("pending")
  })

  test("is in the audit, as the command line's", async () => {
    const here = await village()
    await here.cli("registration", "approve", anna)
    const { items: lines } = await here.document("audit", "list", "--limit", "1")
    expect(lines).toMatchObject([{ actor: "cli", action: "registration.approve", subject: anna }])
  })
})

describe("registration describe", () => {
  test("sets label, note and quota, and takes them away again", async () => {
    const here = await village()
    const changes = ["--label", "Clara's phone", "--note", "met in May", "--max-messages", "5", "--max-bytes", "2 MiB"]
    expect(await here.document("registration", "describe", clara, ...changes)).toMatchObject({
      label: "Clara's phone",
      note: "met in May",
      overrides: { maxMessages: 5, maxBytes: 2 * 1024 * 1024 },
    })
    const { stdout } = await here.cli("registration", "describe", clara, "--label=", "--max-bytes", "default")
    expect(stdout).toStartWith("Changed label, max-bytes.\n\n")
    expect(stdout).toMatch(/^ {2}note +met in May$/m)
    expect(stdout).not.toMatch(/^ +label/m)
    expect((await here.document("registration", "show", clara)).overrides).toEqual({ maxMessages: 5, maxBytes: null })
  })

  test("without anything to change ends with 64", async () => {
    const { stderr, exit } = await run(["registration", "describe", clara])
    expect(stderr).toContain("nothing to change was given: --label, --note, --max-messages, --max-bytes")
    expect(exit).toBe(64)
  })

  test("a label cannot drive the terminal", async () => {
    const here = await village()
    await here.cli("registration", "describe", clara, "--label", "a\u001b[2Jb\u202ec")
    const { stdout } = await here.cli("registration", "list", "--search", "clara")
    expect(stdout).toContain("  a?[2Jb?c  ")
  })
})

describe("registration forget", () => {
  test("takes with it what its dry run said, and leaves nothing", async () => {
    const here = await village()
    const dry = await here.document("registration", "forget", clara, "--dry-run")
    expect(dry).toEqual({
      did: clara,
      dryRun: true,
      erased: { messages: 3, bytes: 3072, addresses: 1, events: 0, contracts: 0, publicEvents: 0 },
    })
    expect(await here.document("registration", "show", clara)).toMatchObject({ messages: 3 })
    expect(await here.document("registration", "forget", clara, "--yes")).toEqual({ ...dry, dryRun: false })
    expect(await here.cli("registration", "show", clara)).toMatchObject({ exit: 1 })
    expect(await here.document("mailbox", "list")).toEqual({ items: [], total: 0, next: null })
  })

  test("tells people what went", async () => {
    const here = await village()
    const { stdout } = await here.cli("registration", "forget", clara, "--dry-run")
    expect(stdout).toBe(`Would forget ${clara}, and with it 3 messages, 1 address (3 KiB).\n`)
    expect((await here.cli("registration", "forget", anna, "--yes")).stdout).toBe(
      `Forgot ${anna}, and with it nothing.\n`,
    )
  })

  test("without a terminal to ask at and without --yes does nothing, and ends with 64", async () => {
    const here = await village()
    const { stderr, exit } = await here.cli("registration", "forget", clara)
    expect(stderr).toContain("give --yes, or --dry-run to see what it would take")
    expect(exit).toBe(64)
    expect(await here.document("registration", "show", clara)).toMatchObject({ messages: 3 })
  })
})

test("where no mediator has its home every command ends with 78, says how to make one, and creates nothing", async () => {
  const commands = [
    ["registration", "list"],
    ["registration", "approve", anna],
    ["registration", "forget", anna, "--yes"],
    ["mailbox", "list"],
    ["mailbox", "purge", anna, "--yes"],
    ["invite", "create"],
    ["audit", "verify"],
    ["status"],
  ]
  const advice = "there is no identity in restante-data yet: restante init or restante serve creates it"
  await Promise.all(
    commands.map(async (command) => {
      const cwd = emptyFolder()
      const { stdout, stderr, exit } = await run(command, { cwd })
      expect({ stdout, exit }).toEqual({ stdout: "", exit: 78 })
      expect(stderr).toContain(advice)
      expect(readdirSync(cwd)).toEqual([])
    }),
  )
})

test("on an identity that never served, every list is empty and nothing fails", async () => {
  const here = await home()
  expect((await here.cli("registration", "list")).stdout).toBe("Nobody has asked for a mailbox yet.\n")
  expect((await here.cli("mailbox", "list")).stdout).toBe("There are no mailboxes.\n")
  expect((await here.cli("audit", "list")).stdout).toBe("Nothing was done yet that is like that.\n")
  expect((await here.cli("audit", "verify")).stdout).toBe("0 lines, and nothing was changed.\n")
  expect((await here.cli("audit", "export")).stdout).toBe("")
  expect(existsSync(`${here.cwd}/restante-data/restante.db`)).toBe(true)
})
