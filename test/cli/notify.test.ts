import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { receiver, userAgent } from "../notify/receiver.ts"
import { home } from "./home.ts"

const clara = "did:web:clara.example"
const notify = ["registration", "notify", clara] as const

test("registration notify sets, tries, shows and removes where an owner is told", async () => {
  const here = await home()
  await here.registered(clara, "approved")
  await using there = receiver()
  const { host } = new URL(there.url)
  const anywhere = ["--notify-outbound", "any"]
  expect(await here.document(...notify)).toEqual({ did: clara, notify: null, secret: null, problem: null })
  const { secret, ...set } = await here.document(...notify, ...anywhere, "--webhook", `${there.url}/hook`)
  expect(set).toMatchObject({ notify: { kind: "webhook", host, setBy: "operator" }, problem: null })
  expect(secret).toStartWith("whsec_")
  const tried = await here.cli(...notify, ...anywhere, "--test")
  expect({ ...tried, stdout: tried.stdout.split("\n").at(-2) }).toEqual({ exit: 0, stdout: "Told now.", stderr: "" })
  expect(there.got.map(({ path }) => path)).toEqual(["/hook"])
  const shown = await here.cli(...notify)
  expect(shown.stdout).toStartWith(`The owner of ${clara} is told by webhook at ${host}, as the operator said`)
  expect(shown.stdout).not.toContain("/hook")
  expect((await here.cli(...notify, "--remove")).stdout).toBe(`The owner of ${clara} is not told that mail waits.\n`)
})

test("a topic's token and a subscription come from files", async () => {
  const here = await home()
  await here.registered(clara, "approved")
  writeFileSync(join(here.cwd, "token"), "tk_1\n")
  const ntfy = ["--ntfy", "https://ntfy.example/clara", "--ntfy-token-file", "token"]
  expect((await here.document(...notify, ...ntfy)).notify).toMatchObject({ kind: "ntfy", host: "ntfy.example" })
  const subscription = { endpoint: "https://push.example/1", expirationTime: null, keys: userAgent().keys }
  writeFileSync(join(here.cwd, "subscription.json"), JSON.stringify(subscription))
  const pushed = await here.document(...notify, "--web-push", "subscription.json")
  expect(pushed.notify).toMatchObject({ kind: "webpush", host: "push.example" })
})

test("two ways at once, a token without a topic, files that are none, and addresses at home are refused", async () => {
  const here = await home()
  await here.registered(clara, "approved")
  writeFileSync(join(here.cwd, "empty.json"), "{}")
  for (const [words, exit, said] of [
    [["--ntfy", "https://a.example", "--webhook", "https://b.example"], 64, "only one at a time: --ntfy, --webhook"],
    [["--ntfy-token-file", "x"], 64, "--ntfy-token-file belongs to --ntfy"],
    [["--web-push", "missing.json"], 64, "--web-push: ENOENT"],
    [["--web-push", "empty.json"], 64, "--web-push: empty.json is no push subscription"],
    [["--webhook", "http://192.168.1.7/"], 1, "Nobody can be told there: its address is not https."],
    [["--test"], 1, `There is no place to tell ${clara} that mail waits; set one first.`],
  ] as const) {
    const outcome = await here.cli(...notify, ...words)
    expect([words, outcome.exit, outcome.stderr]).toEqual([words, exit, expect.stringContaining(said)])
  }
})
