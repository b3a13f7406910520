import { expect, test } from "bun:test"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { home } from "./home.ts"

const page = await Bun.file(new URL("../../docs/operating.md", import.meta.url)).text()
const main = new URL("../../src/main.ts", import.meta.url).pathname

/** Every block of commands, and what the page says that it prints. */
const steps = [...page.matchAll(/```sh\n(.*?)```\n+(?:```text\n(.*?)```)?/gs)].map(([, commands = "", printed]) => ({
  commands,
  printed: printed ?? null,
}))

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The people of the page, as it finds them. */
async function pageHome() {
  const here = await home()
  await here.registered("did:web:bert.example", "pending", { ago: 5 * HOUR })
  await here.registered("did:web:anna.example", "pending", { ago: 2 * HOUR })
  for (const name of ["clara", "dora"]) await here.registered(`did:web:${name}.example`, "approved", { ago: 20 * DAY })
  await here.deliver("did:web:clara.example", 4, { ago: 6 * DAY })
  await here.deliver("did:web:clara.example", 2, { ago: HOUR })
  await here.seed(async ({ store }) => {
    const invite = {
      id: "4f0d9a52-6c1b-4e7e-9d3a-0b8a1c2d3e4f",
      label: "neighbour",
      uses: 1,
      expiresAt: null,
      createdAt: Date.now() - DAY,
      overrides: { maxMessages: null, maxBytes: null },
    }
    await store.createInvite({ invite, audit: { actor: "cli", action: "invite.create", subject: invite.id } })
  })
  const bin = join(here.cwd, "bin")
  mkdirSync(bin)
  writeFileSync(join(bin, "restante"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(join(bin, "restante"), 0o755)
  return { ...here, bin }
}

/** Lines and their cells, without what differs each time: ids that were drawn, and how many seconds ago something was. */
const lasting = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) =>
      line
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")
        .replace(/\b\d+s ago/, "now")
        .split(/\s{2,}/),
    )

test("docs/operating.md, followed to the letter, does what it says", async () => {
  expect(steps.length).toBeGreaterThan(9)
  const { cwd, bin } = await pageHome()
  for (const { commands, printed } of steps) {
    const child = Bun.spawn(["sh", "-euc", commands], {
      cwd,
      env: { PATH: `${bin}:${process.env.PATH}` },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    expect({ commands, stderr: stderr.replace(/^\[(info|warn)\].*\n/gm, ""), exit }).toEqual({
      commands,
      stderr: "",
      exit: 0,
    })
    if (printed !== null) expect(lasting(stdout)).toEqual(lasting(printed))
  }
}, 120_000)

test("docs/operating.md names the exit codes that there are", async () => {
  const { faults } = await import("../../src/faults.ts")
  const named = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  const known = new Set<number>([0, 1, ...Object.values(faults).map(({ exit }) => exit ?? 1)])
  expect(named.filter((code) => !known.has(code))).toEqual([])
})
