import { describe, expect, test } from "bun:test"
import { home } from "./home.ts"

const DAY = 86_400_000
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const letterIn = (url: string) =>
  JSON.parse(Buffer.from(new URL(url).searchParams.get("_oob") ?? "", "base64url").toString())

describe("invite create", () => {
  test("gives an out-of-band invitation whose id is the invite's", async () => {
    const here = await home()
    const invite = await here.document("invite", "create")
    expect(invite).toEqual({
      id: expect.stringMatching(uuid4),
      url: expect.stringMatching(/^http:\/\/localhost:8080\/\?_oob=/),
      state: "open",
      label: "",
      uses: 1,
      used: 0,
      expiresAt: expect.closeTo(Date.now() + 7 * DAY, -5),
      revokedAt: null,
      createdAt: expect.closeTo(Date.now(), -5),
      overrides: { maxMessages: null, maxBytes: null },
    })
    expect(letterIn(invite.url)).toEqual({
      type: "https://didcomm.org/out-of-band/2.0/invitation",
      id: invite.id,
      from: here.self.did,
      body: { goal_code: "request-mediate", goal: "RequestMediate", accept: ["didcomm/v2"] },
    })
  })

  test("takes a label, uses, an expiry and a quota", async () => {
    const here = await home()
    const quota = ["--max-messages", "20", "--max-bytes", "1 MiB"]
    expect(
      await here.document("invite", "create", "--label", "family", "--uses", "4", "--expires", "never", ...quota),
    ).toMatchObject({ label: "family", uses: 4, expiresAt: null, overrides: { maxMessages: 20, maxBytes: 1_048_576 } })
  })

  test("prints the link on a line of its own, and no QR code into a pipe", async () => {
    const { stdout, stderr } = await (await home()).cli("invite", "create", "--uses", "2", "--expires", "30d")
    expect(stderr).toStartWith("[warn] Only this machine can reach http://localhost:8080")
    const lines = stdout.trimEnd().split("\n")
    expect(lines).toHaveLength(5)
    expect(letterIn(lines[2] ?? "").id).toBe(lines[0]?.replace("Invite ", ""))
    expect(lines[4]).toMatch(/^It admits 2 registrations and can be used until \d{4}-.* UTC\.$/)
  })

  test.each([
    ["--uses", "0", "--uses must be a whole number from 1 to 1000000"],
    ["--expires", "soon", "--expires must be never, or a length of time"],
    ["--max-bytes", "12", "--max-bytes must be a size"],
  ])("%s %s ends with 64", async (flag, value, said) => {
    const { stderr, exit } = await (await home()).cli("invite", "create", flag, value)
    expect(stderr).toContain(said)
    expect(exit).toBe(64)
  })
})

describe("invite list and revoke", () => {
  test("a revoked or expired invite is listed with --all only", async () => {
    const here = await home()
    const kept = await here.document("invite", "create", "--label", "kept")
    const revoked = await here.document("invite", "create", "--label", "revoked")
    const expired = await here.seed(
      ({ invites }) =>
        invites.create(
          { label: "expired", uses: 3, expiresIn: DAY, overrides: { maxMessages: null, maxBytes: null } },
          { name: "cli", address: null },
        ),
      3 * DAY,
    )
    const { stdout } = await here.cli("invite", "revoke", revoked.id)
    expect(stdout).toBe(`Revoked ${revoked.id}; it had admitted 0 of 1 registration.\n`)

    expect(await here.document("invite", "list")).toEqual({ items: [kept] })
    const { items } = await here.document("invite", "list", "--all")
    const states = items.map(({ id, state }: { id: string; state: string }) => [id, state])
    expect(Object.fromEntries(states)).toEqual({ [kept.id]: "open", [revoked.id]: "revoked", [expired.id]: "expired" })
    const table = (await here.cli("invite", "list", "--all")).stdout.split("\n").map((line) => line.split(/\s{2,}/))
    expect(table[0]).toEqual(["ID", "STATE", "USED", "EXPIRES", "MADE", "LABEL"])
    expect(table).toContainEqual([expired.id, "expired", "0 of 3", "2d ago", "3d ago", "expired"])
  })

  test("an invite is shown again by its id, and says when it is none any more", async () => {
    const here = await home()
    const invite = await here.document("invite", "create", "--expires", "never")
    expect(await here.document("invite", "show", invite.id)).toEqual(invite)
    const open = await here.cli("invite", "show", invite.id)
    expect(open.stdout).toBe(`Invite ${invite.id}\n\n${invite.url}\n\nIt admits 1 registration and does not expire.\n`)
    await here.cli("invite", "revoke", invite.id)
    expect((await here.cli("invite", "show", invite.id)).stdout).toEndWith(
      "It admits nobody any more: it is revoked.\n",
    )
    expect(await here.cli("invite", "show", "no-such-id")).toMatchObject({ exit: 1, stdout: "" })
  })

  test("revoking again changes nothing; revoking what is not there ends with 1", async () => {
    const here = await home()
    const { id } = await here.document("invite", "create")
    const first = await here.document("invite", "revoke", id)
    expect(await here.document("invite", "revoke", id)).toEqual(first)
    expect(first).toMatchObject({ id, state: "revoked", revokedAt: expect.closeTo(Date.now(), -5) })
    const { stderr, exit } = await here.cli("invite", "revoke", crypto.randomUUID())
    expect(stderr).toContain("There is no invite ")
    expect(exit).toBe(1)
    expect((await here.cli("invite", "list")).stdout).toBe(
      "There are no invites that can be used: restante invite create makes one.\n",
    )
  })
})
