import { describe, expect, test } from "bun:test"
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { emptyFolder, run } from "./run.ts"

describe("init", () => {
  test("in an empty folder writes a file and an identity, and says what is next", async () => {
    const cwd = emptyFolder()
    const { stdout, stderr, exit } = await run(["init"], { cwd })
    expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 })
    expect(stdout).toMatch(/^Wrote restante\.toml\. A new identity was created\.$/m)
    expect(stdout).toMatch(/^ {2}did:peer:2\.\S+$/m)
    expect(stdout).toMatch(/^ {2}http:\/\/localhost:8080\/?\?_oob=\S+$/m)
    expect(stdout).toContain("Only this machine can reach http://localhost:8080")
    expect(stdout).toContain("Start the mediator: restante serve\n")
    expect(statSync(join(cwd, "restante-data")).mode & 0o777).toBe(0o700)
    expect((await run(["config", "check"], { cwd })).exit).toBe(0)
  })

  test("a second time overwrites nothing and ends with 73", async () => {
    const cwd = emptyFolder()
    await run(["init"], { cwd })
    writeFileSync(join(cwd, "restante.toml"), "# mine")
    const { stdout, stderr, exit } = await run(["init", "--port", "1"], { cwd })
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 73 })
    expect(stderr).toContain("restante.toml is there already, and is never overwritten")
    expect(readFileSync(join(cwd, "restante.toml"), "utf8")).toBe("# mine")
  })

  test("keeps an identity that is there already", async () => {
    const cwd = emptyFolder()
    const first = JSON.parse((await run(["init", "--json"], { cwd })).stdout)
    const second = JSON.parse((await run(["init", "--json", "--config", "other.toml"], { cwd })).stdout)
    expect(first).toEqual({
      file: "restante.toml",
      did: expect.stringMatching(/^did:peer:2\./),
      dids: expect.arrayContaining([first.did]),
      minted: true,
      invitationUrl: expect.stringContaining("?_oob="),
    })
    expect(second).toEqual({ ...first, file: "other.toml", minted: false })
  })

  test("writes the flags it was given into the file, so that serve needs none of them", async () => {
    const cwd = emptyFolder()
    const flags = ["--public-url", "https://mail.example", "--mailbox-ttl", "3d", "--identity-methods", "peer2"]
    const { stdout } = await run(["init", ...flags, "--no-didcomm-report-unknown-recipients"], { cwd })
    expect(stdout).not.toContain("Only this machine")
    const { settings } = JSON.parse((await run(["config", "show", "--json"], { cwd })).stdout)
    const fromFile = settings.filter(({ origin }: { origin: string }) => origin.startsWith("file "))
    expect(fromFile.map(({ key, toml }: { key: string; toml: string }) => `${key} = ${toml}`)).toEqual([
      'server.public_url = "https://mail.example"',
      'identity.methods = ["peer2"]',
      'mailbox.ttl = "3d"',
      "didcomm.report_unknown_recipients = false",
    ])
  })

  test("with a flag that cannot be used creates nothing", async () => {
    const cwd = emptyFolder()
    expect((await run(["init", "--port", "http"], { cwd })).exit).toBe(78)
    expect(existsSync(join(cwd, "restante.toml")) || existsSync(join(cwd, "restante-data"))).toBeFalse()
  })

  test("where no file can be created it ends with 73", async () => {
    const { stderr, exit } = await run(["init", "--config", "none/restante.toml"])
    expect(stderr).toStartWith("[error] The file cannot be created.\n")
    expect(exit).toBe(73)
  })
})

describe("did", () => {
  test("prints what init created, without a running server", async () => {
    const cwd = emptyFolder()
    const { did, dids } = JSON.parse((await run(["init", "--json"], { cwd })).stdout)
    expect(await run(["did", "--json"], { cwd })).toEqual({
      stdout: `${JSON.stringify({ did, dids }, null, 2)}\n`,
      stderr: "",
      exit: 0,
    })
    expect((await run(["did"], { cwd })).stdout).toBe(`${dids.join("\n")}\n`)
  })

  test("without an identity creates none, says how to get one, and ends with 78", async () => {
    const cwd = emptyFolder()
    const { stdout, stderr, exit } = await run(["did"], { cwd })
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 78 })
    expect(stderr).toContain("there is no identity in restante-data yet: restante init or restante serve creates it")
    expect(existsSync(join(cwd, "restante-data"))).toBeFalse()
  })

  test("an identity file that cannot be used ends with 78, without a stack trace", async () => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, "restante-data"))
    writeFileSync(join(cwd, "restante-data", "identity.json"), "{")
    chmodSync(join(cwd, "restante-data", "identity.json"), 0o600)
    const { stderr, exit } = await run(["did"], { cwd })
    expect(stderr).toStartWith("[error] The mediator's identity file cannot be used.\n")
    expect(stderr).not.toContain("    at ")
    expect(exit).toBe(78)
  })
})
