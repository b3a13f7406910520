import { expect, test } from "bun:test"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { unitText } from "../../src/cli/unit.ts"
import { hasNamespaces, world } from "../install/world.ts"
import { run } from "./run.ts"

const program = process.env.RESTANTE_EXECUTABLE ?? join(import.meta.dir, "../../dist/restante")
const given = {
  executable: "/usr/bin/true",
  config: "/etc/restante/restante.toml",
  user: "root",
  dataDir: "/var/lib/restante",
  others: [],
  ports: [8080, 0],
}

const onMachine = test.skipIf(!hasNamespaces)

function analyze(verb: readonly string[], text: string): { said: string; exit: number } | null {
  const tool = Bun.which("systemd-analyze")
  if (!tool) {
    console.warn("The unit is not verified: systemd-analyze is not here.")
    return null
  }
  const unit = join(mkdtempSync(join(tmpdir(), "restante-unit-")), "restante.service")
  writeFileSync(unit, text)
  const { stdout, stderr, exitCode } = Bun.spawnSync([tool, ...verb, unit], { stderr: "pipe" })
  return { said: `${stdout}${stderr}`, exit: exitCode }
}

test.each([
  ["as installed", given],
  [
    "with its data elsewhere and a low port",
    { ...given, dataDir: "/srv/mail", others: ["/mnt/backups"], ports: [443] },
  ],
])("systemd finds nothing wrong with the unit %s", (_, unit) => {
  const verified = analyze(["verify", "--man=no"], unitText(unit))
  if (verified) expect(verified).toEqual({ said: "", exit: 0 })
})

test("systemd rates the exposure of the unit as low", () => {
  const rated = analyze(["security", "--offline=yes", "--threshold=25"], unitText(given))
  if (rated) expect([rated.exit, rated.said]).toEqual([0, expect.stringContaining("OK")])
})

test("the unit drops what would change the program, and leaves the JIT alone", () => {
  const text = unitText(given)
  expect(text).toMatch(/^UnsetEnvironment=.*\bBUN_BE_BUN\b.*\bBUN_OPTIONS\b/m)
  expect(text).not.toMatch(/^MemoryDenyWriteExecute/m)
  expect(text).toMatch(/^Environment=BUN_JSC_heapGrowthMaxIncrease=1$/m)
  expect(text).toMatch(/^ExecReload=.*-HUP \$MAINPID$/m)
  expect(text).toMatch(/^CapabilityBoundingSet=$/m)
  expect(unitText({ ...given, ports: [443] })).toMatch(/^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m)
})

test("the data folder is systemd's to make below /var/lib, and opened for writing elsewhere", () => {
  expect(unitText(given)).toMatch(/^StateDirectory=restante$/m)
  expect(unitText({ ...given, dataDir: "/var/lib/a/b" })).toMatch(/^ReadWritePaths=\/var\/lib\/a\/b$/m)
  expect(unitText({ ...given, dataDir: "/srv/mail" })).not.toMatch(/^StateDirectory=/m)
})

onMachine("folders outside of the data folder that the configuration names are opened for writing", async () => {
  using made = machine("/srv/mail", "exit 1")
  writeFileSync(
    made.at("etc/restante.toml"),
    '[server]\ndata_dir = "/srv/mail"\n[storage]\nurl = "sqlite:/fast/restante.db"\n[backup]\ndir = "/mnt/backups"\n',
  )
  const { stdout } = await made.service("install", "--dry-run", "--config", "/etc/restante.toml", "--user", "nobody")
  expect(stdout.match(/(?<=^ReadWritePaths=).*$/gm)).toEqual(["/srv/mail", "/mnt/backups", "/fast"])
})

test("from source there is nothing to make a service of", async () => {
  const config = join(mkdtempSync(join(tmpdir(), "restante-unit-")), "restante.toml")
  writeFileSync(config, '[server]\ndata_dir = "/var/lib/restante"\n')
  const { stderr, exit } = await run(["service", "install", "--dry-run", "--config", config])
  expect([exit, stderr]).toEqual([64, expect.stringContaining("only the built executable can be a service")])
})

/** A machine with systemd, or what a test needs of it, where the executable is installed. */
function machine(data = "/var/lib/restante", systemctl = 'echo "$*" >> /run/asked') {
  const made = world({ systemd: true, has: { systemctl } })
  writeFileSync(made.at("etc/restante.toml"), `[server]\ndata_dir = "${data}"\n`)
  Bun.spawnSync(["cp", program, made.at("local/restante")])
  const service = (...args: string[]) => made.run(["/usr/local/restante", "service", ...args], "root")
  return { ...made, service, asked: () => Bun.file(made.at("run/asked")).text() }
}

onMachine("install writes the unit and starts it, uninstall stops and removes it", async () => {
  using made = machine()
  const unit = () => Bun.file(made.at("etc/systemd/system/restante.service"))
  const flags = ["--config", "/etc/restante.toml", "--user", "nobody"]
  const dry = await made.service("install", "--dry-run", ...flags)
  expect([dry.exit, await unit().exists()]).toEqual([0, false])

  expect(await made.service("install", ...flags)).toMatchObject({ stderr: "", exit: 0 })
  const text = await unit().text()
  expect(text).toContain("\nExecStart=/usr/local/restante serve --config /etc/restante.toml\n")
  expect(dry.stdout).toContain(text)
  expect(await made.asked()).toBe("daemon-reload\nenable restante.service\nrestart restante.service\n")

  expect(await made.service("uninstall")).toMatchObject({ stderr: "", exit: 0 })
  expect(await unit().exists()).toBe(false)
  expect(await made.asked()).toEndWith("disable --now restante.service\ndaemon-reload\n")
  expect(await made.service("uninstall")).toMatchObject({ stdout: "The service is not installed.\n", exit: 0 })
})

onMachine.each([
  [["--config", "/etc/nothing.toml"], "/var/lib/restante", 78, "there is no such file"],
  [["--config", "restante.toml"], "/var/lib/restante", 78, "there is no such file"],
  [["--config", "/etc/restante.toml", "--user", "nemo"], "/var/lib/restante", 64, "there is no user nemo"],
  [
    ["--config", "/etc/restante.toml", "--user", "nobody"],
    "restante-data",
    64,
    "server.data_dir in /etc/restante.toml",
  ],
])("%j with data in %s is refused before anything is written", async (flags, data, code, sentence) => {
  using made = machine(data)
  const { stderr, exit } = await made.service("install", ...flags)
  expect([exit, stderr]).toEqual([code, expect.stringContaining(sentence)])
  expect(await Bun.file(made.at("etc/systemd/system/restante.service")).exists()).toBe(false)
})

onMachine("what systemd refuses is passed on, with what it said", async () => {
  using made = machine("/var/lib/restante", 'echo "Unit is masked." >&2; exit 1')
  const { stderr, exit } = await made.service("install", "--config", "/etc/restante.toml", "--user", "nobody")
  expect([exit, stderr]).toEqual([1, expect.stringContaining("systemctl daemon-reload: Unit is masked.")])
})

onMachine.each([
  ["LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=42\nNRestarts=0\nExecMainStatus=0", 0],
  ["LoadState=loaded\nActiveState=failed\nUnitFileState=enabled\nMainPID=0\nNRestarts=3\nExecMainStatus=78", 1],
  ["LoadState=not-found\nActiveState=inactive\nUnitFileState=\nMainPID=0\nNRestarts=0\nExecMainStatus=0", 1],
])("status says what systemd knows: %j", async (shown, code) => {
  using made = machine("/var/lib/restante", `printf '${shown.replaceAll("\n", "\\n")}\\n'`)
  const { stdout, exit } = await made.service("status", "--json")
  expect([exit, JSON.parse(stdout)]).toMatchSnapshot()
  expect(exit).toBe(code)
})
