import { describe, expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { rows } from "../../src/config/schema.ts"
import { emptyFolder, run } from "./run.ts"

function folderWith(toml: string): string {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, "restante.toml"), toml)
  return cwd
}

describe("config check", () => {
  test("says so when nothing is wrong, with a file and without", async () => {
    expect(await run(["config", "check"])).toEqual({
      stdout: "No restante.toml here: defaults, environment and flags: nothing is wrong.\n",
      stderr: "",
      exit: 0,
    })
    const cwd = folderWith("server.port = 1")
    expect((await run(["config", "check"], { cwd })).stdout).toBe("restante.toml: nothing is wrong.\n")
    expect((await run(["config", "check", "--json"], { cwd })).stdout).toBe('{\n  "ok": true,\n  "problems": []\n}\n')
  })

  test("shows every problem with its place and ends with 78", async () => {
    const cwd = folderWith("[server]\nprot = 80\n")
    const { stdout, stderr, exit } = await run(["config", "check", "--log-level", "loud"], { cwd })
    expect({ stdout, exit }).toEqual({ stdout: "", exit: 78 })
    expect(stderr).toBe(`[error] A setting cannot be used.
restante.toml:2:1: unknown setting \`prot\` in [server]; did you mean \`port\`?
  2 | prot = 80
    | ^^^^

flag --log-level: \`log.level\` must be one of "error", "warn", "info", "debug"
`)
  })

  test("tells machines the same", async () => {
    const cwd = folderWith("[server]\nprot = 80\n")
    const { stdout, exit } = await run(["config", "check", "--json"], { cwd, env: { RESTANTE_LOG_LEVEL: "inof" } })
    expect(exit).toBe(78)
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      problems: [
        {
          origin: { from: "file", path: "restante.toml", line: 2, column: 1 },
          message: "unknown setting `prot` in [server]",
          hint: "port",
        },
        {
          origin: { from: "env", name: "RESTANTE_LOG_LEVEL" },
          message: '`log.level` must be one of "error", "warn", "info", "debug"',
          hint: "info",
        },
      ],
    })
  })

  test("a file that was named and is not there ends with 78", async () => {
    const { stderr, exit } = await run(["config", "check", "--config", "other.toml"])
    expect(stderr).toContain("other.toml: there is no such file")
    expect(exit).toBe(78)
  })
})

describe("config show", () => {
  const cwd = folderWith("[mailbox]\nttl = '1h'\n")
  const env = { RESTANTE_SERVER_PORT: "81" }

  test("has a line for every setting with its value and origin", async () => {
    const { stdout, exit } = await run(["config", "show", "--max-body", "2048"], { cwd, env })
    const lines = stdout.trimEnd().split("\n")
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(["SETTING", ...rows.map(({ path }) => path)])
    expect(lines.map((line) => line.split(/\s{2,}/))).toContainEqual(["mailbox.ttl", '"1h"', "file restante.toml:2"])
    expect(lines.map((line) => line.split(/\s{2,}/))).toContainEqual(["server.port", "81", "env RESTANTE_SERVER_PORT"])
    expect(lines.map((line) => line.split(/\s{2,}/))).toContainEqual(["server.max_body", '"2 KiB"', "flag --max-body"])
    expect(lines.map((line) => line.split(/\s{2,}/))).toContainEqual(["server.host", '"127.0.0.1"', "default"])
    expect(exit).toBe(0)
  })

  test("its JSON has values as the program uses them, and as they are written", async () => {
    const { stdout } = await run(["config", "show", "--json"], { cwd, env })
    const document = JSON.parse(stdout)
    expect(Object.keys(document)).toEqual(["file", "settings"])
    expect(document.file).toBe("restante.toml")
    expect(document.settings).toHaveLength(rows.length)
    expect(document.settings).toContainEqual({
      key: "mailbox.ttl",
      value: 3_600_000,
      toml: '"1h"',
      origin: "file restante.toml:2",
    })
  })
})

describe("config explain", () => {
  test("says everything about a setting", async () => {
    const { stdout, exit } = await run(["config", "explain", "didcomm.outbound", "--didcomm-outbound", "off"])
    expect(exit).toBe(0)
    expect(stdout).toBe(`didcomm.outbound
Where replies may be sent that cannot return on their own connection: public addresses, any address, nowhere.

  must be      one of "public", "any", "off"
  default      "public"
  file         [didcomm] outbound
  environment  RESTANTE_DIDCOMM_OUTBOUND
  flag         --didcomm-outbound
  now          "off" (flag --didcomm-outbound)
`)
  })

  test("knows a setting by its environment name too, and explains it even when the configuration is broken", async () => {
    const { stdout, exit } = await run(["config", "explain", "RESTANTE_MAILBOX_TTL", "--json"], {
      cwd: folderWith("mailbox.ttl = 7"),
    })
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      key: "mailbox.ttl",
      sentence: "How long a message waits to be picked up before it is deleted.",
      expects: 'a length of time such as "30s", "10m", "12h" or "7d", at least 1s',
      default: '"7d"',
      file: "[mailbox] ttl",
      environment: "RESTANTE_MAILBOX_TTL",
      flag: "--mailbox-ttl",
      current: null,
    })
  })
})

test("a full disk behind standard output ends with 74, a reader that went away does not", async () => {
  const shell = async (redirect: string) => {
    const main = new URL("../../src/main.ts", import.meta.url).pathname
    const child = Bun.spawn(
      ["bash", "-c", `set -o pipefail; "$0" "$1" serve --help ${redirect}`, process.execPath, main],
      {
        stderr: "pipe",
        stdout: "pipe",
      },
    )
    return { stderr: await child.stderr.text(), exit: await child.exited }
  }
  expect(await shell("> /dev/full")).toEqual({ stderr: "", exit: 74 })
  expect(await shell("| true")).toEqual({ stderr: "", exit: 0 })
})

describe("config schema", () => {
  const schemaOf = async () => JSON.parse((await run(["config", "schema"])).stdout)

  test("has every setting, and refuses any other", async () => {
    const { properties, additionalProperties } = await schemaOf()
    const paths = Object.entries<{ properties: object }>(properties).flatMap(([section, table]) =>
      Object.keys(table.properties).map((key) => `${section}.${key}`),
    )
    expect(paths).toEqual(rows.map(({ path }) => path))
    expect([additionalProperties, properties.mailbox.additionalProperties]).toEqual([false, false])
  })

  test("says of each what the file may say", async () => {
    const { server, admission, log, metrics } = (await schemaOf()).properties
    expect(server.properties.port).toEqual({
      description: "The port to listen on; 0 takes any free one. Must be a whole number from 0 to 65535.",
      type: "integer",
      minimum: 0,
      maximum: 65_535,
      default: 8080,
    })
    expect(server.properties.max_body).toMatchObject({
      anyOf: [{ type: "number" }, { type: "string" }],
      default: "1 MiB",
    })
    expect(admission.properties.mode.enum).toEqual(["open", "approval", "invite", "closed"])
    expect(log.properties.level).toMatchObject({ enum: ["error", "warn", "info", "debug"], default: "info" })
    expect(metrics.properties.token).not.toHaveProperty("default")
  })
})
