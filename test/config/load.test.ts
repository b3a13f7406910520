import { describe, expect, test } from "bun:test"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loadSettings, resolveSettings } from "../../src/config/load.ts"
import { originText, problemText } from "../../src/config/problem.ts"
import { rows } from "../../src/config/schema.ts"
import { Fault } from "../../src/faults.ts"

type Given = { toml?: string; env?: Record<string, string>; flags?: Record<string, string> }

const resolve = ({ toml, env = {}, flags = {} }: Given) =>
  resolveSettings({
    file: toml === undefined ? null : { path: "restante.toml", text: toml },
    env,
    flags: new Map(Object.entries(flags)),
  })

function loaded(given: Given) {
  const outcome = resolve(given)
  if ("problems" in outcome) throw new Error(outcome.problems.map(problemText).join("\n\n"))
  return outcome
}

function refused(given: Given): string[] {
  const outcome = resolve(given)
  if (!("problems" in outcome)) throw new Error("nothing was refused")
  return outcome.problems.map(problemText)
}

/** Three values of every kind, in the text of a flag, all different from the default and from each other. */
const samples: Readonly<Record<string, readonly [string, string, string]>> = {
  "server.host": ["::1", "0.0.0.0", "example.org"],
  "server.port": ["0", "443", "65535"],
  "server.tls": ["files", "files", "files"],
  "server.tls_cert": ["/etc/tls/cert.pem", "a", "b c"],
  "server.tls_key": ["/etc/tls/key.pem", "a", "b c"],
  "server.public_url": ["https://a.example", "http://localhost:1", "https://b.example/mail"],
  "server.data_dir": ["/var/lib/restante", "a", "b c"],
  "server.max_body": ["2048", "64 KiB", "2 GiB"],
  "server.max_connections": ["1", "2", "1000000"],
  "server.trusted_proxies": ["127.0.0.1", "10.0.0.0/8, ::1", "fd00::/8"],
  "identity.methods": ["peer2", "web", "web,peer2"],
  "admission.mode": ["approval", "invite", "closed"],
  "admission.allow": ["did:web", "did:web:*.example, did:key:z6Mk", "*"],
  "admission.deny": ["did:jwk", "did:*", "did:peer:2.E"],
  "admission.max_pending": ["1", "2", "3"],
  "admission.pending_ttl": ["1s", "10m", "12h"],
  "mailbox.max_messages": ["1", "2", "3"],
  "mailbox.max_bytes": ["1024", "1 MiB", "3 GiB"],
  "mailbox.max_message_bytes": ["1025", "2 MiB", "3 KiB"],
  "mailbox.ttl": ["1s", "10m", "12h"],
  "mailbox.sender_share": ["1", "25", "100"],
  "mailbox.delivered_ttl": ["1s", "10m", "12h"],
  "mailbox.idle_account_ttl": ["1s", "90d", "365d"],
  "mailbox.max_addresses": ["1", "2", "3"],
  "didcomm.report_unknown_recipients": ["false", "false", "false"],
  "didcomm.outbound": ["any", "off", "any"],
  "didcomm.routing_did": ["array", "array", "array"],
  "didcomm.live_backlog": ["never", "never", "never"],
  "decentrl.enabled": ["false", "false", "false"],
  "decentrl.sender_methods": ["web", "decentrl,web", "web,decentrl"],
  "decentrl.max_payload": ["1024", "2 MiB", "3 KiB"],
  "decentrl.max_events": ["1", "2", "3"],
  "decentrl.max_tags": ["1", "2", "3"],
  "decentrl.max_tag_length": ["1", "2", "3"],
  "decentrl.max_contract_requests": ["1", "2", "3"],
  "decentrl.contract_requests_per_hour": ["1", "2", "3"],
  "limits.per_address": ["0", "1", "2"],
  "limits.forwards_per_address": ["0", "1", "2"],
  "limits.per_did": ["0", "1", "2"],
  "limits.burst": ["1s", "5s", "1m"],
  "limits.connections_per_address": ["0", "1", "2"],
  "notify.outbound": ["any", "off", "any"],
  "notify.wallets": ["false", "false", "false"],
  "notify.interval": ["5s", "2m", "1h"],
  "notify.repeat": ["1h", "2h", "1d"],
  "storage.url": ["sqlite:a.db", "sqlite:/b.db", "sqlite::memory:"],
  "storage.max_bytes": ["1024", "2 GiB", "3 MiB"],
  "storage.ballast": ["0", "1 MiB", "2 MiB"],
  "backup.schedule": ["off", "04:30", "every 6h"],
  "backup.keep": ["1", "10", "1000"],
  "backup.dir": ["/backups", "copies", "../elsewhere"],
  "backup.passphrase": ["correct horse battery", "a staple and a stapler", "ten minutes past midnight"],
  "admin.listen": ["127.0.0.1:8081", "[::1]:0", "localhost:1"],
  "admin.password": ["correct horse", "battery staple", "ten past midnight"],
  "admin.session_idle": ["1m", "10m", "12h"],
  "admin.session_absolute": ["1m", "10m", "30d"],
  "metrics.listen": ["127.0.0.1:9464", "[::1]:0", "localhost:1"],
  "metrics.token": ["a", "b", "c"],
  "log.level": ["debug", "warn", "error"],
  "log.format": ["json", "json", "json"],
}

describe("precedence", () => {
  test("every setting has samples here", () => {
    expect(Object.keys(samples).sort()).toEqual(rows.map(({ path }) => path).sort())
  })

  for (const row of rows) {
    const [inFile = "", inEnv = "", inFlag = ""] = samples[row.path] ?? []
    const tomlOf = (text: string) => row.kind.toToml(read({ flags: { [row.flag]: text } }))
    const read = (given: Given) => groupsOf(given)[row.section]?.[row.key]
    const groupsOf = (given: Given): Readonly<Record<string, Readonly<Record<string, unknown>>>> =>
      loaded(given).settings
    const originOf = (given: Given) => originText(loaded(given).origins.get(row.path) ?? { from: "default" })

    test(`${row.path}: default < file < environment < flag, each with its origin`, () => {
      const toml = `\n[${row.section}]\n${row.key} = ${tomlOf(inFile)}\n`
      const env = { [row.env]: inEnv }
      const flags = { [row.flag]: inFlag }
      const alone = [inFile, inEnv, inFlag].map((text) => read({ flags: { [row.flag]: text } }))

      expect(originOf({})).toBe("default")
      expect(alone).not.toContainEqual(read({}))
      expect([{ toml }, { toml, env }, { toml, env, flags }].map(read)).toEqual(alone)
      expect([{ toml }, { toml, env }, { toml, env, flags }].map(originOf)).toEqual([
        "file restante.toml:3",
        `env ${row.env}`,
        `flag --${row.flag}`,
      ])
    })

    test(`${row.path}: what toToml writes is read back as the same value`, () => {
      for (const text of [inFile, inEnv, inFlag]) {
        const value = read({ flags: { [row.flag]: text } })
        expect(read({ toml: `${row.path} = ${row.kind.toToml(value)}` })).toEqual(value)
      }
    })
  }

  test("names are unique, and computed from the path", () => {
    for (const name of ["path", "env", "flag"] as const)
      expect(new Set(rows.map((row) => row[name])).size).toBe(rows.length)
    expect(rows.find(({ path }) => path === "mailbox.max_messages")).toMatchObject({
      env: "RESTANTE_MAILBOX_MAX_MESSAGES",
      flag: "mailbox-max-messages",
    })
    expect(rows.find(({ path }) => path === "server.public_url")).toMatchObject({ flag: "public-url" })
  })
})

describe("defaults", () => {
  test("the public URL follows the port, and admission follows the public URL", () => {
    expect(loaded({ env: { RESTANTE_SERVER_PORT: "9000" } }).settings).toMatchObject({
      server: { public_url: "http://localhost:9000" },
      admission: { mode: "open" },
    })
  })

  test.each([
    ["http://127.0.0.1:8080", "open"],
    ["http://127.1", "open"],
    ["http://[::1]:8080", "open"],
    ["http://wallet.localhost", "open"],
    ["https://example.org", "approval"],
    ["http://192.168.1.7", "approval"],
    ["http://localhost.example.org", "approval"],
    ["http://127.0.0.1.example.org", "approval"],
    ["http://0.0.0.0:8080", "approval"],
  ] as const)("at %s admission is %s", (url, mode) => {
    expect(loaded({ flags: { "public-url": url } }).settings.admission.mode).toBe(mode)
  })

  test("an admission mode that was chosen is kept whatever the public URL", () => {
    expect(loaded({ toml: '[admission]\nmode = "closed"' }).settings.admission.mode).toBe("closed")
  })
})

describe("problems", () => {
  test("an unknown setting is shown where it stands, with what was meant", () => {
    expect(refused({ toml: "# mine\n[server]\n  prot = 80\n" })).toEqual([
      [
        "restante.toml:3:3: unknown setting `prot` in [server]; did you mean `port`?",
        "  3 |   prot = 80",
        "    |   ^^^^",
      ].join("\n"),
    ])
  })

  test("a bad value is underlined as a whole", () => {
    expect(refused({ toml: '[mailbox]\nttl = "7 days" # a week' })).toEqual([
      [
        'restante.toml:2:7: `mailbox.ttl` must be a length of time such as "30s", "10m", "12h" or "7d", at least 1s',
        '  2 | ttl = "7 days" # a week',
        "    |       ^^^^^^^^",
      ].join("\n"),
    ])
  })

  test("everything that is wrong is told at once: file by line, then environment, then flags", () => {
    const said = refused({
      toml: '[log]\nlevel = "inof"\n[servers]\nport = 1\n[mailbox]\nmax_messages = 0',
      env: { RESTANTE_MAILBOX_TTLL: "1d", RESTANTE_SERVER_PORT: "http" },
      flags: { "max-body": "1 MB" },
    })
    expect(said.map((text) => text.split("\n")[0])).toEqual([
      'restante.toml:2:9: `log.level` must be one of "error", "warn", "info", "debug"; did you mean `info`?',
      "restante.toml:3:2: unknown section `servers`; did you mean `server`?",
      "restante.toml:6:16: `mailbox.max_messages` must be a whole number, at least 1",
      "env RESTANTE_MAILBOX_TTLL: no setting has this name; did you mean `RESTANTE_MAILBOX_TTL`?",
      "env RESTANTE_SERVER_PORT: `server.port` must be a whole number from 0 to 65535",
      'flag --max-body: `server.max_body` must be a size such as 1048576, "64 KiB" or "1 MiB", at least 1 KiB',
    ])
  })

  test.each([
    ["port = 80", "restante.toml:1:1: unknown setting `port`; did you mean `server.port`?"],
    ["[mailbox]\nport = 80", "restante.toml:2:1: unknown setting `port` in [mailbox]; did you mean `server.port`?"],
    ["server = 80", "restante.toml:1:1: `server` is a section: write [server] and its settings below"],
    ["[[server]]\nport = 80", "restante.toml:1:3: `server` is a section: write [server] and its settings below"],
    ["[server]\nport = 80\nport = 81", "restante.toml:3:1: trying to redefine an already defined table or value"],
    ["[server", "restante.toml:1:2: incomplete key-value: cannot find end of key"],
    ["server.port.x = 1", "restante.toml:1:17: `server.port` must be a whole number from 0 to 65535"],
    ["[xyzzy]\na = 1", "restante.toml:1:2: unknown section `xyzzy`"],
    ["[__proto__]\na = 1", "restante.toml:1:2: unknown section `__proto__`"],
    ["[server]\nconstructor = 1", "restante.toml:2:1: unknown setting `constructor` in [server]"],
    ["server.port = 2020-01-01", "restante.toml:1:15: `server.port` must be a whole number from 0 to 65535"],
  ])("%j is refused with its place", (toml, said) => {
    expect(refused({ toml }).map((text) => text.split("\n")[0])).toEqual([said])
  })

  test("the caret stays below its place behind tabs, and nothing in the file can drive the terminal", () => {
    const [said = ""] = refused({ toml: "[log]\n\t\tlevel =\t'\u{9b}31m\u202e'" })
    expect(said.split("\n").slice(1)).toEqual(["  2 | \t\tlevel =\t'?31m?'", "    | \t\t       \t^^^^^^^"])
  })

  test("a byte order mark and CRLF change neither values nor places", () => {
    expect(loaded({ toml: "\uFEFF[server]\r\nport = 81\r\n" }).settings.server.port).toBe(81)
    expect(refused({ toml: "\uFEFFport = 1\r\n" })[0]).toBe(
      "restante.toml:1:1: unknown setting `port`; did you mean `server.port`?\n  1 | port = 1\n    | ^^^^",
    )
    expect(refused({ toml: "\uFEFF[server]\r\nport = 8 1\r\n" })[0]).toStartWith("restante.toml:2:10: ")
  })

  test("a value in the file that a flag replaces is still wrong", () => {
    expect(refused({ toml: "[server]\nport = -1", flags: { port: "80" } })).toHaveLength(1)
  })
})

describe("environment", () => {
  test("an empty variable is an unset one, and other programs' variables are left alone", () => {
    const env = { RESTANTE_SERVER_PORT: "", RESTANT: "1", PATH: "/bin" }
    expect(loaded({ env }).settings.server.port).toBe(8080)
  })

  test("what Kubernetes sets for a service called restante is no mistake, RESTANTE_PORT=80 is one", () => {
    const env = {
      RESTANTE_SERVICE_HOST: "10.0.0.1",
      RESTANTE_SERVICE_PORT_HTTP: "80",
      RESTANTE_PORT: "tcp://10.0.0.1:80",
      RESTANTE_PORT_80_TCP_ADDR: "10.0.0.1",
    }
    expect(loaded({ env }).settings.server.port).toBe(8080)
    expect(refused({ env: { RESTANTE_PORT: "80" } })).toHaveLength(1)
  })
})

describe("files", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "restante-config-"))
  const load = (cwd: string, config: string | null = null) => loadSettings({ config, cwd, env: {}, flags: new Map() })

  function faultOf(act: () => unknown): Fault {
    try {
      act()
    } catch (error) {
      if (error instanceof Fault) return error
    }
    throw new Error("no fault")
  }

  test("./restante.toml is read if there is one", () => {
    const cwd = folder()
    expect(load(cwd)).toMatchObject({ file: null, settings: { server: { port: 8080 } } })
    writeFileSync(join(cwd, "restante.toml"), "server.port = 82")
    expect(load(cwd)).toMatchObject({ file: "restante.toml", settings: { server: { port: 82 } } })
  })

  test("a file that was named must be there, be a file, and be UTF-8: exit code 78", () => {
    const cwd = folder()
    writeFileSync(join(cwd, "latin1.toml"), Uint8Array.of(0x23, 0xe9))
    const details = ["none.toml", ".", "latin1.toml"].map((name) => faultOf(() => load(cwd, name)))
    expect(details.map(({ row }) => row.exit)).toEqual([78, 78, 78])
    expect(details.map(({ detail }) => detail)).toEqual([
      "none.toml: there is no such file",
      ".: this is a folder, not a file",
      "latin1.toml: the file is not UTF-8 text",
    ])
  })
})
