import { chmodSync, existsSync, rmSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { writeWhole } from "../base/whole-file.ts"
import { splitAddress } from "../config/kinds.ts"
import { loadSettings } from "../config/load.ts"
import { Fault } from "../faults.ts"
import { type Arguments, type Command, json, textOf } from "./command.ts"
import { notes, print, printJson, table } from "./terminal.ts"
import { isPlain, unitText } from "./unit.ts"

const UNIT = "restante.service"
const PATH = `/etc/systemd/system/${UNIT}`
const CONFIG = "/etc/restante/restante.toml"
const USER = "restante"

const dryRun = { type: "boolean", description: "Only say what would be done." } as const

const install: Command = {
  meta: {
    name: "install",
    description: "Make this executable a systemd service, start it, and have it start with the machine.",
  },
  args: {
    config: { type: "string", valueHint: "FILE", description: `The configuration file; ${CONFIG} unless given.` },
    user: { type: "string", valueHint: "NAME", description: `Whom the service runs as; ${USER} unless given.` },
    "dry-run": dryRun,
  },
  async run(args) {
    const text = unitFrom(args)
    const steps = [["daemon-reload"], ["enable", UNIT], ["restart", UNIT]]
    if (args["dry-run"] === true) {
      print([`# ${PATH}`, text, ...steps.map((step) => `# systemctl ${step.join(" ")}`)].join("\n"))
      return 0
    }
    checkPowers()
    try {
      writeWhole(PATH, text)
      chmodSync(PATH, 0o644)
    } catch (cause) {
      throw new Fault("file.uncreatable", { detail: (cause as Error).message, cause })
    }
    for (const step of steps) systemctl(step)
    print(`Installed and started ${UNIT}. How it is doing: restante service status`)
    return 0
  },
}

/** The unit for this executable and the configuration that `args` name. Faults: usage, setting.invalid. */
function unitFrom(args: Arguments): string {
  const config = textOf(args, "config") ?? CONFIG
  const user = textOf(args, "user") ?? USER
  const executable = process.execPath
  // Nothing of this shell's environment will be there when the service starts.
  const { settings } = loadSettings({ config, env: {}, flags: new Map(), cwd: "/" })
  const { data_dir: dataDir, port } = settings.server
  if (!Bun.main.startsWith("/$bunfs/")) throw mistake("only the built executable can be a service: bun run build")
  if (!isPlain(config)) throw mistake(`--config ${config} must be a full path, without spaces and the like`)
  if (!isPlain(dataDir)) throw mistake(`server.data_dir in ${config} must be a full path, not ${dataDir}`)
  if (!isPlain(executable)) throw mistake(`${executable} has characters that systemd would read otherwise: move it`)
  if (/^\/(home|root)\//.test(executable))
    throw mistake(`${executable} is hidden from services: move it to /usr/local/bin`)
  if (Bun.spawnSync(["id", "-u", user]).exitCode !== 0) throw mistake(`there is no user ${user}: --user names another`)
  const more = [settings.admin.listen, settings.metrics.listen].map((address) => splitAddress(address)?.port ?? 0)
  const database = dirname(resolve(dataDir, settings.storage.url.replace(/^sqlite:/, "")))
  const others = [resolve(dataDir, settings.backup.dir), database].filter(
    (path) => !`${path}/`.startsWith(`${dataDir}/`),
  )
  for (const path of others)
    if (!isPlain(path)) throw mistake(`${path} has characters that systemd would read otherwise`)
  return unitText({ executable, config, user, dataDir, others, ports: [port, ...more] })
}

const mistake = (detail: string): Fault => new Fault("usage", { detail })

const uninstall: Command = {
  meta: { name: "uninstall", description: "Stop the service and remove it; configuration and data stay." },
  args: { "dry-run": dryRun },
  async run(args) {
    const there = existsSync(PATH)
    if (args["dry-run"] === true)
      print(there ? `# systemctl disable --now ${UNIT}\n# rm ${PATH}` : `${PATH} is not there.`)
    if (args["dry-run"] === true) return 0
    checkPowers()
    if (!there) {
      print("The service is not installed.")
      return 0
    }
    systemctl(["disable", "--now", UNIT])
    rmSync(PATH)
    systemctl(["daemon-reload"])
    print(`Stopped and removed ${UNIT}. Configuration and data are still there.`)
    return 0
  },
}

const status: Command = {
  meta: { name: "status", description: "Whether the service is installed and runs; exit code 0 or 1." },
  args: json,
  async run(args) {
    const names = ["LoadState", "ActiveState", "UnitFileState", "MainPID", "NRestarts", "ExecMainStatus"]
    const shown = new Map(
      systemctl(["show", UNIT, `--property=${names.join(",")}`])
        .split("\n")
        .map((line): [string, string] => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)]),
    )
    const facts = {
      installed: shown.get("LoadState") === "loaded",
      state: shown.get("ActiveState") ?? "unknown",
      startsWithMachine: shown.get("UnitFileState") === "enabled",
      pid: Number(shown.get("MainPID")) || null,
      restarts: Number(shown.get("NRestarts")) || 0,
      lastExit: Number(shown.get("ExecMainStatus")) || 0,
    }
    if (args.json === true) printJson(facts)
    else print(facts.installed ? statusTable(facts) : "The service is not installed: restante service install")
    if (args.json !== true && facts.installed) notes.info(`Its log: journalctl -u ${UNIT} -n 50`)
    return facts.state === "active" ? 0 : 1
  },
}

type Facts = { state: string; startsWithMachine: boolean; pid: number | null; restarts: number; lastExit: number }

const statusTable = ({ state, startsWithMachine, pid, restarts, lastExit }: Facts): string =>
  table([
    ["state", state],
    ["starts with the machine", startsWithMachine ? "yes" : "no"],
    ["process", pid === null ? "none" : String(pid)],
    ["restarts after failures", String(restarts)],
    ["last exit code", String(lastExit)],
  ])

function checkPowers(): void {
  if (process.getuid?.() !== 0) throw new Fault("service.forbidden")
  checkSystemd()
}

/** sd_booted(3): whether systemd is there and in charge. */
function checkSystemd(): void {
  if (!existsSync("/run/systemd/system")) {
    const detail = "Have whatever starts programs here run: restante serve --config FILE"
    throw new Fault("service.absent", { detail })
  }
}

/** What systemctl prints. Faults: service.absent, service.failed. */
function systemctl(step: readonly string[]): string {
  checkSystemd()
  const { success, stdout, stderr } = Bun.spawnSync(["systemctl", ...step], { stderr: "pipe" })
  if (success) return stdout.toString()
  throw new Fault("service.failed", { detail: `systemctl ${step.join(" ")}: ${stderr.toString().trim()}` })
}

export const serviceCommand: Command = {
  meta: { name: "service", description: "Run the mediator as a systemd service." },
  subCommands: { install, uninstall, status },
}
