import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isAccepted, letter, resident } from "./people.ts"
import { type Circumstances, freshFolder, launch, program, spawn } from "./process.ts"

/** What surrounds the process: variables, and files in the working directory that Bun would obey. */

let cwd: string
const evil = "evil.js"
const mark = "evil-was-here"

beforeAll(() => {
  cwd = freshFolder()
  writeFileSync(join(cwd, evil), `require("node:fs").writeFileSync(${JSON.stringify(join(cwd, mark))}, "")`)
})

afterAll(() => rmSync(cwd, { recursive: true }))

/** Whether code that is not ours has run since the last time. */
function evilRan(): boolean {
  const ran = existsSync(join(cwd, mark))
  rmSync(join(cwd, mark), { force: true })
  return ran
}

function version(env: Record<string, string>, ...args: string[]) {
  const child = Bun.spawnSync([program, ...args], { cwd, env: { PATH: process.env.PATH ?? "", ...env } })
  return { said: child.stdout.toString(), code: child.exitCode }
}

async function works(circumstances: Circumstances): Promise<void> {
  await using mediator = await launch(circumstances)
  const bob = await resident(mediator)
  expect(await isAccepted(mediator.url, (await letter(mediator, bob.did, "one")).bytes)).toBe(true)
  expect(mediator.stderr()).not.toMatch(/ (warn|error) /)
}

describe("files in the working directory change nothing:", () => {
  test.each<[string, Record<string, string>]>([
    [".env", { ".env": "RESTANTE_SERVER_HOST=192.0.2.1\nRESTANTE_LOG_LEVEL=error\nBUN_OPTIONS=--preload ./evil.js\n" }],
    [
      ".env.production",
      { ".env.production": "RESTANTE_SERVER_HOST=192.0.2.1\n", ".env.local": "NODE_ENV=production\n" },
    ],
    ["bunfig.toml", { "bunfig.toml": 'preload = ["./evil.js"]\n[serve]\nport = 1\n' }],
    ["package.json", { "package.json": '{"type":"commonjs","scripts":{"serve":"node evil.js"},"main":"evil.js"}' }],
    ["tsconfig.json", { "tsconfig.json": '{"compilerOptions":{"paths":{"*":["./evil.js"]},"jsx":"react"}}' }],
  ])("%s", async (_, files) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
    try {
      await works({ cwd })
      expect(evilRan()).toBe(false)
    } finally {
      for (const name of Object.keys(files)) rmSync(join(cwd, name))
    }
  })
})

describe("it runs", () => {
  test.each<[string, Record<string, string>]>([
    ["without HOME", {}],
    ["with a HOME that does not exist", { HOME: "/nonexistent" }],
    ["without a folder for temporary files", { TMPDIR: "/nonexistent", BUN_TMPDIR: "/nonexistent", TMP: "" }],
    ["in another locale and time zone", { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Asia/Kathmandu" }],
    ["with proxies set", { HTTP_PROXY: "http://192.0.2.1:1", HTTPS_PROXY: "http://192.0.2.1:1", ALL_PROXY: "x" }],
    ["with settings for Node.js", { NODE_OPTIONS: "--require ./evil.js", NODE_PATH: "/nonexistent", NODE_ENV: "x" }],
    ["with a certificate file that is none", { NODE_EXTRA_CA_CERTS: "/nonexistent", SSL_CERT_FILE: "/nonexistent" }],
    ["with an unset BUN_BE_BUN and BUN_OPTIONS", { BUN_BE_BUN: "", BUN_OPTIONS: "" }],
  ])("%s", async (_, env) => {
    await works({ cwd, env })
    expect(evilRan()).toBe(false)
  })

  test("without any variable at all, and with a closed standard input and output", async () => {
    await works({ before: "exec <&- >&-; unset PATH" })
  })

  test("and leaves nothing in the working directory or in the folder for temporary files", async () => {
    const temporary = freshFolder()
    const before = readdirSync(cwd)
    await works({ cwd, env: { TMPDIR: temporary, BUN_TMPDIR: temporary, HOME: temporary } })
    expect(readdirSync(cwd)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
    rmSync(temporary, { recursive: true })
  })
})

test("in a working directory that is gone it does not start, and Bun says why in its own words", async () => {
  const gone = freshFolder()
  const { exited, stderr } = spawn({ before: `cd ${gone} && rmdir ${gone}` })
  expect(await exited).toBe(1)
  expect(stderr()).toContain("working directory was deleted")
})

describe("the variables that would make Bun run other code are not obeyed:", () => {
  test("BUN_OPTIONS", () => {
    const { said, code } = version({ BUN_OPTIONS: "--preload ./evil.js" }, "version")
    expect([code, evilRan()]).toEqual([0, false])
    expect(said).toStartWith("restante ")
  })

  test("BUN_BE_BUN", () => {
    const { code } = version({ BUN_BE_BUN: "1" }, "-e", "require('./evil.js')")
    expect([code, evilRan()]).toEqual([64, false])
  })

  test("nor from a file that Bun would read", () => {
    writeFileSync(join(cwd, ".env"), "BUN_BE_BUN=1\nBUN_OPTIONS=--preload ./evil.js\n")
    const { said } = version({}, "version")
    rmSync(join(cwd, ".env"))
    expect(said).toStartWith("restante ")
    expect(evilRan()).toBe(false)
  })
})
