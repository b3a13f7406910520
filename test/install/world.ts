/**
 * What install.sh meets: a shell, the commands on its PATH, a release on a web server, and a machine. As root it sees
 * folders of the test's own in the place of /etc, /var/lib, /usr/local and /run, in a mount namespace.
 */

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pack, sums } from "../release/pack.ts"
import { folderOf, type Target, version } from "../release/targets.ts"

export const installer = join(import.meta.dir, "../../install.sh")

const isRoot = process.getuid?.() === 0
/** Root installs need a mount namespace to happen in. */
export const hasNamespaces = isRoot && Bun.spawnSync(["unshare", "--mount", "true"]).success

const NOBODY = 65_534

/** Every command that install.sh may use, the downloaders and whatever checks sums among them. */
const commands = (
  "sh cat id uname getconf grep mktemp rm cp mv chmod chown mkdir ls tar xz awk tr od cut cmp dirname sleep " +
  "sha256sum openssl curl wget useradd userdel addgroup adduser deluser"
).split(" ")

export type World = ReturnType<typeof world>

/**
 * A machine. `lacks` are commands that it does not have, `has` are scripts that stand in for commands. With `busybox`
 * every command is busybox's.
 */
export function world({
  lacks = [] as readonly string[],
  has = {} as Readonly<Record<string, string>>,
  busybox = false,
  systemd = false,
  cpuinfo = "",
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), "restante-install-"))
  const at = (...names: string[]) => join(folder, ...names)
  for (const name of ["bin", "etc/systemd/system", "lib", "local", "run", "home", "tmp"])
    mkdirSync(at(name), { recursive: true })
  if (systemd) mkdirSync(at("run/systemd/system"), { recursive: true })
  if (cpuinfo !== "") writeFileSync(at("cpuinfo"), cpuinfo)
  chmodSync(folder, 0o755)
  // Nobody may not be let into the folder that the sources are in.
  cpSync(installer, at("install.sh"))
  for (const name of ["tmp", "home"]) if (isRoot) chownSync(at(name), NOBODY, NOBODY)

  const applets = busybox ? new Set(Bun.spawnSync(["busybox", "--list"]).stdout.toString().split("\n")) : new Set()
  for (const name of commands) {
    if (lacks.includes(name) || name in has || (busybox && !applets.has(name))) continue
    const real = Bun.which(busybox ? "busybox" : name)
    if (real) symlinkSync(real, at("bin", name))
  }
  for (const [name, script] of Object.entries(has)) {
    writeFileSync(at("bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  for (const name of [
    "passwd",
    "group",
    "shadow",
    "gshadow",
    "login.defs",
    "nsswitch.conf",
    "alternatives",
    "ld.so.cache",
  ]) {
    if (isRoot && existsSync(`/etc/${name}`))
      cpSync(`/etc/${name}`, at("etc", name), { recursive: true, verbatimSymlinks: true })
  }

  const binds = [
    ["etc", "/etc"],
    ["lib", "/var/lib"],
    ["local", "/usr/local"],
    ["run", "/run"],
  ]
  if (cpuinfo !== "") binds.push(["cpuinfo", "/proc/cpuinfo"])
  const mounting = binds.map(([own = "", place]) => `mount --bind '${at(own)}' ${place}`).join(" && ")
  const [inside, outside] = [
    `${mounting} && exec "$@"`,
    ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
  ]

  /** Runs a command of this machine, as root in the namespace or as nobody, and says how that went. */
  async function run(argv: readonly string[], as: "root" | "nobody", stdin: string | null = null) {
    const before = as === "root" ? ["unshare", "--mount", "sh", "-c", inside, "sh"] : isRoot ? outside : []
    // Whoever runs the tests is looked up with their PATH; what is run, with that of the machine.
    const child = Bun.spawn([...before.map(found), "/usr/bin/env", `PATH=${at("bin")}`, ...argv], {
      cwd: at("home"),
      env: { PATH: process.env.PATH ?? "", HOME: at("home"), TMPDIR: at("tmp") },
      stdin: stdin === null ? "ignore" : new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
    })
    const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return { stdout, stderr, exit }
  }

  return {
    at,
    run,
    /** install.sh as whoever owns `--prefix`, or as root. */
    install: (
      args: readonly string[],
      { as = "nobody" as "root" | "nobody", shell = ["sh"] as readonly string[] } = {},
    ) => run([...shell, at("install.sh"), ...(as === "nobody" ? ["--prefix", at("home/own")] : []), ...args], as),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const found = (word: string, index: number): string => (index === 0 ? (Bun.which(word) ?? word) : word)

const wanted: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ["dash", ["/usr/bin/dash"]],
  ["busybox", ["/usr/bin/busybox", "sh"]],
]

/** The shells that install.sh must run in, by name, as far as they are here. */
export const shells = wanted.filter(([, [path = ""]]) => existsSync(path))

/** A program that stands for the executable, and notes down how it was called in the folder that `noting` names. */
const pretender = (says: string, noting: string) => `#!/bin/sh
echo "$*" >> '${noting}/calls' 2>/dev/null
case "$1" in
  version) echo "restante ${says}" ;;
  completions) echo "# $2 completion" ;;
  init) echo 'mode = "first"' > "$3"; echo key > "$5/identity.json" ;;
  *) ;;
esac
`

/** A release folder, its executables being small scripts; `calls` is what they were asked to do. */
export async function pretendRelease({ says = version, targets = ["linux-x64"] as readonly Target[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "restante-release-"))
  chmodSync(folder, 0o777)
  for (const target of targets) {
    const inside = join(folder, folderOf(target))
    mkdirSync(inside)
    writeFileSync(join(inside, "restante"), pretender(says, folder), { mode: 0o755 })
    writeFileSync(join(inside, "restante.1"), ".TH RESTANTE 1\n")
    await pack(folder, folderOf(target), `${inside}.tar.xz`, 1e9)
  }
  await Bun.write(
    join(folder, "SHA256SUMS"),
    await sums(
      folder,
      targets.map((target) => `${folderOf(target)}.tar.xz`),
    ),
  )
  return {
    folder,
    executable: (target: Target) => join(folder, folderOf(target), "restante"),
    calls: async () => (await Bun.file(join(folder, "calls")).text()).trim().split("\n"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Serves a folder; `cut` says after how many bytes of a file the connection breaks, null for never. */
export async function webServer(folder: string, cut: (path: string) => number | null = () => null) {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/"
    asked.push(path)
    const file = Bun.file(join(folder, path))
    if (!(await file.exists())) return response.writeHead(404).end()
    const bytes = await file.bytes()
    const length = cut(path)
    response.writeHead(200, { "Content-Length": bytes.length })
    if (length === null) return response.end(bytes)
    response.write(bytes.subarray(0, length), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
