import { describe, expect, test } from "bun:test"
import manifest from "../../package.json" with { type: "json" }
import { argumentsOf, type Command } from "../../src/cli/command.ts"
import { findCommand, strictArguments } from "../../src/cli/strict.ts"
import { defaultText, rows } from "../../src/config/schema.ts"
import { Fault } from "../../src/faults.ts"
import { emptyFolder, run } from "./run.ts"

describe("what is not understood ends with exit code 64 and says what was meant", () => {
  test.each([
    [["serv"], "unknown command serv; did you mean `serve`?"],
    [["config", "shwo"], "unknown command shwo; did you mean `show`?"],
    [["xyzzy"], "unknown command xyzzy\n"],
    [["__proto__"], "unknown command __proto__\n"],
    [["did", "--jsno"], "unknown flag --jsno; did you mean `--json`?"],
    [["serve", "--prot", "80"], "unknown flag --prot; did you mean `--port`?"],
    [["serve", "--publicUrl=http://localhost"], "unknown flag --publicUrl; did you mean `--public-url`?"],
    [["serve", "--hepl"], "unknown flag --hepl; did you mean `--help`?"],
    [["serve", "-p", "80"], "unknown flag -p"],
    [["version", "--port", "80"], "unknown flag --port"],
    [["serve", "--no-port"], "unknown flag --no-port\n"],
    [["did", "--json=maybe"], "--json takes true or false"],
    [["serve", "--port"], "--port needs a value: --port NUMBER"],
    [["serve", "--port", "--host", "::"], "--port needs a value: --port NUMBER"],
    [["status", "now"], "superfluous argument now"],
    [["did", "--", "--json"], "superfluous argument --json"],
    [["config", "explain"], "missing argument KEY"],
    [["registration", "approve"], "missing argument DID"],
    [["registration", "aprove", "did:web:a"], "unknown command aprove; did you mean `approve`?"],
    [["registration", "show", "did:web:a", "did:web:b"], "superfluous argument did:web:b"],
    [["registration", "list", "--limit", "0"], "--limit must be a whole number from 1 to 1000"],
    [["mailbox", "list", "--sort", "size"], '--sort must be one of "bytes", "messages"'],
    [["invite", "revoke"], "missing argument ID"],
    [["audit", "export", "--json"], "unknown flag --json"],
    [["config", "explain", "ttl"], "there is no setting ttl; did you mean `mailbox.ttl`?"],
    [["config"], "a command is missing"],
    [[], "a command is missing"],
    [["health", "--timeout", "5"], "--timeout must be a length of time"],
    [["health", "--url", "example.org"], "--url example.org is not an address"],
  ])("%j", async (args, said) => {
    const { stdout, stderr, exit } = await run(args)
    expect(stderr).toContain(said)
    expect(stderr).not.toContain("    at ")
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 64 })
  })
})

describe("help", () => {
  test("names every command", async () => {
    const { stdout, exit } = await run(["--help"])
    const names = ["serve", "init", "did", "registration", "invite", "mailbox", "audit", "status", "config", "health"]
    for (const name of [...names, "version"]) expect(stdout).toContain(`\n  ${name} `)
    expect(exit).toBe(0)
  })

  test.each([[["serve"]], [["init"]], [["did"]], [["health"]], [["config", "check"]], [["config", "show"]]])(
    "of %j has every setting's flag with its sentence and default",
    async (words) => {
      const { stdout, exit } = await run([...words, "--help"])
      const unwrapped = stdout.replace(/\n {6}/g, " ")
      for (const row of rows) {
        expect(unwrapped).toMatch(new RegExp(`\n  --(\\[no-\\])?${row.flag} `))
        expect(unwrapped).toContain(`${row.sentence} Default: ${defaultText(row)}.`)
      }
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
      expect(exit).toBe(0)
    },
  )

  test("shows which argument may be repeated", async () => {
    const { stdout } = await run(["registration", "approve", "--help"])
    expect(stdout).toContain("Usage: restante registration approve [flags] DID…\n")
  })

  test("is given for -h, for help COMMAND, and in spite of other mistakes", async () => {
    const { stdout } = await run(["config", "explain", "--help"])
    expect(stdout).toContain("Usage: restante config explain [flags] KEY")
    for (const args of [
      ["config", "explain", "-h"],
      ["help", "config", "explain"],
      ["config", "explain", "--xyz", "-h"],
    ]) {
      expect(await run(args)).toEqual({ stdout, stderr: "", exit: 0 })
    }
  })
})

describe("version", () => {
  test("on one line, and as JSON", async () => {
    expect((await run(["--version"])).stdout).toBe(`restante ${manifest.version}\n`)
    expect((await run(["version"])).stdout).toStartWith(`restante ${manifest.version} (Bun ${Bun.version}, `)
    const { stdout, exit } = await run(["version", "--json"])
    expect(JSON.parse(stdout)).toEqual({
      commit: null,
      name: "restante",
      version: manifest.version,
      bun: Bun.version,
      platform: `${process.platform}-${process.arch}`,
    })
    expect(exit).toBe(0)
  })
})

test("what nobody foresaw is one line and a hint; with --log-level debug it says where", async () => {
  const inDeletedFolder = async (...args: string[]) => {
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    const main = new URL("../../src/main.ts", import.meta.url).pathname
    const child = Bun.spawn(["sh", "-c", script, "sh", process.execPath, main, "did", ...args], {
      cwd: emptyFolder(),
      stderr: "pipe",
    })
    return { said: await child.stderr.text(), exit: await child.exited }
  }
  const plain = await inDeletedFolder()
  expect(plain.exit).toBe(1)
  expect(plain.said).toMatch(
    /^\[error\] Something unexpected went wrong here\.\n.+\nRun it again with --log-level debug to see where\.\n$/,
  )
  expect((await inDeletedFolder("--log-level", "debug")).said).toContain("    at ")
})

describe("the strict reader", () => {
  const leaf: Command = {
    meta: { name: "leaf", description: "" },
    args: { word: { type: "positional" }, text: { type: "string" }, json: { type: "boolean" } },
    settings: true,
  }
  const read = (...rest: string[]) => strictArguments(leaf, "leaf", rest)

  test("leaves citty one form only", () => {
    expect(read("--text", "a", "w", "--json")).toEqual(["--text=a", "--json=true", "--", "w"])
    expect(read("--text=-a=b", "--no-json", "--", "--w")).toEqual(["--text=-a=b", "--json=false", "--", "--w"])
    expect(read("--text=", "-")).toEqual(["--text=", "--", "-"])
    expect(read("--no-didcomm-report-unknown-recipients", "w")[0]).toBe("--didcomm-report-unknown-recipients=false")
  })

  test("refuses names that only objects in general have", () => {
    for (const name of ["--constructor", "--toString=1", "--__proto__"]) expect(() => read("w", name)).toThrow(Fault)
  })

  test("a command's own flags never share a name with a setting's", async () => {
    const { program: _, ...module } = await import("../../src/cli/program.ts")
    const flags = new Set(rows.map(({ flag }) => flag))
    for (const command of leaves(module.restante)) {
      expect(Object.keys(command.args ?? {}).filter((name) => flags.has(name))).toEqual([])
      expect(Object.keys(argumentsOf(command))).not.toContain("help")
    }
  })

  const leaves = (command: Command): Command[] => [command, ...Object.values(command.subCommands ?? {}).flatMap(leaves)]

  test("lets the last argument be repeated where the command says so", () => {
    const given = ["a", "--json", "b", "--", "--c"]
    expect(strictArguments({ ...leaf, repeats: true }, "leaf", given)).toEqual(["--json=true", "--", "a", "b", "--c"])
    expect(() => strictArguments(leaf, "leaf", given)).toThrow(Fault)
  })

  test("finds a command below another, with what follows", () => {
    const root: Command = { meta: { name: "r", description: "" }, subCommands: { leaf } }
    expect(findCommand(root, ["leaf", "--json", "w"])).toEqual({
      command: leaf,
      trail: "r leaf",
      rest: ["--json", "w"],
    })
  })
})
