import { expect, test } from "bun:test"
import { type Home, home } from "./home.ts"

const main = new URL("../../src/main.ts", import.meta.url).pathname
const long = `did:peer:2.Ez6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc.Vz6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V`

/** A command on a terminal; `typed` is what a person answers, once something is asked. */
async function onTerminal({ cwd }: Home, args: readonly string[], { typed = "", cols = 200 } = {}) {
  let said = ""
  const decoder = new TextDecoder()
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const child = Bun.spawn([process.execPath, main, ...args], {
    cwd,
    env: { NO_COLOR: "1", TERM: "xterm" },
    terminal: {
      cols,
      rows: 60,
      data(_, bytes) {
        said += decoder.decode(bytes, { stream: true })
        if (said.includes("[y/N]")) ask()
      },
    },
  })
  if (typed !== "") {
    await asked
    child.terminal?.write(typed)
  }
  const exit = await child.exited
  await Bun.sleep(50)
  child.terminal?.close()
  return { said: said.replaceAll("\r\n", "\n"), exit }
}

test("a table shortens DIDs, and the short form names the registration; --full does not shorten", async () => {
  const here = await home()
  await here.registered(long, "pending")
  const { said } = await onTerminal(here, ["registration", "list"])
  const [, short = ""] = /(did:peer:2\S+…\S+)/.exec(said) ?? []
  expect(short.length).toBeLessThan(40)
  expect(said).not.toContain(long)
  expect((await here.cli("registration", "approve", short)).stdout).toBe(`pending → approved  ${long}\n`)
  expect((await onTerminal(here, ["registration", "list", "--full"])).said).toContain(long)
})

test("an invite shows its QR code where there is room, and says so where there is none", async () => {
  const here = await home()
  expect((await onTerminal(here, ["invite", "create"])).said).toMatch(/^[▀▄█ ]{60,}$/m)
  const narrow = await onTerminal(here, ["invite", "create"], { cols: 40 })
  expect(narrow.said).toContain("As a QR code it is wider than this terminal")
})

test("forget asks first, and takes nothing but a yes for one", async () => {
  const here = await home()
  await here.registered(long, "approved")
  await here.deliver(long, 2)
  for (const typed of ["\n", "n\n", "yesterday\n", "\u0004"]) {
    const { said, exit } = await onTerminal(here, ["registration", "forget", long], { typed })
    expect(said).toContain(`Forget ${long}, and with it 2 messages, 1 address (2 KiB)? [y/N]`)
    expect(said).toContain("Nothing was changed.")
    expect(exit).toBe(1)
  }
  expect(await here.document("registration", "list")).toMatchObject({ total: 1 })
  const { said, exit } = await onTerminal(here, ["registration", "forget", long], { typed: "y\n" })
  expect(said).toContain(`Forgot ${long}`)
  expect(exit).toBe(0)
  expect(await here.document("registration", "list")).toMatchObject({ total: 0 })
})
