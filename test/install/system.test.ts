import { afterAll, beforeAll, expect, test } from "bun:test"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { targets } from "../release/targets.ts"
import { hasNamespaces, pretendRelease, shells, type World, webServer, world } from "./world.ts"

let release: Awaited<ReturnType<typeof pretendRelease>>
let server: Awaited<ReturnType<typeof webServer>>
beforeAll(async () => {
  if (!hasNamespaces) console.warn("Installing as root is not tested: it takes root and mount namespaces.")
  release = await pretendRelease({ targets })
  server = await webServer(release.folder)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  release[Symbol.dispose]()
})

const asRoot = test.skipIf(!hasNamespaces)
const install = (machine: World, ...args: string[]) =>
  machine.install(["--base-url", server.url, ...args], { as: "root" })

/** The account of restante in the machine's passwd: name, uid, gid, folder and shell. */
const account = (machine: World) => {
  const line = readFileSync(machine.at("etc/passwd"), "utf8")
    .match(/^restante:.*$/m)?.[0]
    .split(":")
  return line && { uid: Number(line[2]), folder: line[5], shell: line[6] }
}
const rights = (path: string) => {
  const { mode, uid } = statSync(path)
  return { mode: (mode & 0o777).toString(8), uid }
}
const program = "local/bin/restante"
const config = "etc/restante/restante.toml"

for (const [name, shell] of shells) {
  asRoot(`${name}: root gets a user, a configuration, a data folder and a service`, async () => {
    using machine = world({ systemd: true })
    const args = ["--base-url", server.url, "--public-url", "https://mediator.example.org"]
    const { stdout, stderr, exit } = await machine.install(args, { as: "root", shell })
    expect([stderr, exit]).toEqual(["", 0])
    const { uid, ...rest } = account(machine) ?? { uid: -1 }
    expect(rest).toEqual({ folder: "/var/lib/restante", shell: "/usr/sbin/nologin" })
    expect(uid).toBeGreaterThan(0)
    expect(rights(machine.at(config))).toEqual({ mode: "640", uid: 0 })
    expect(rights(machine.at("lib/restante"))).toEqual({ mode: "700", uid })
    expect(rights(machine.at("lib/restante/identity.json")).uid).toBe(uid)
    expect(rights(machine.at(program))).toEqual({ mode: "755", uid: 0 })
    const calls = await release.calls()
    expect(calls).toContain(
      "init --config /etc/restante/restante.toml --data-dir /var/lib/restante --public-url https://mediator.example.org",
    )
    expect(calls.at(-1)).toBe("service install --config /etc/restante/restante.toml --user restante")
    expect(stdout).toContain("admin create NAME --config /etc/restante/restante.toml")
  })
}

asRoot("what is for everybody can be read by everybody, also when root's own files cannot", async () => {
  using machine = world({ systemd: true })
  const before = process.umask(0o077)
  try {
    expect((await install(machine)).exit).toBe(0)
  } finally {
    process.umask(before)
  }
  const page = "local/share/man/man1/restante.1"
  expect(rights(machine.at(page)).mode).toBe("644")
  expect(rights(machine.at("local/share/man/man1")).mode).toBe("755")
})

asRoot("a second run upgrades, keeps the executable before, and leaves configuration and data alone", async () => {
  using machine = world({ systemd: true })
  using older = await pretendRelease({ says: "0.0.9" })
  await using earlier = await webServer(older.folder)
  await machine.install(["--base-url", earlier.url], { as: "root" })
  writeFileSync(machine.at(config), "# mine\n")
  writeFileSync(machine.at("lib/restante/identity.json"), "mine")
  const { stdout, stderr, exit } = await install(machine, "--public-url", "https://other.example.org")
  expect(exit).toBe(0)
  expect(stdout).toContain("/etc/restante/restante.toml is kept as it is.")
  expect(stderr).toContain("--public-url is only for a new configuration")
  expect(readFileSync(machine.at(program), "utf8")).toContain(`restante ${manifest.version}`)
  expect(readFileSync(machine.at(`${program}.previous`), "utf8")).toContain("restante 0.0.9")
  expect(readFileSync(machine.at(config), "utf8")).toBe("# mine\n")
  expect(readFileSync(machine.at("lib/restante/identity.json"), "utf8")).toBe("mine")
})

asRoot("uninstalling keeps configuration and data, purging deletes them and the user", async () => {
  using machine = world({ systemd: true, has: { systemctl: "exit 0" } })
  await install(machine)
  writeFileSync(machine.at("etc/systemd/system/restante.service"), "")
  expect(await machine.install(["--uninstall"], { as: "root" })).toMatchObject({ exit: 0 })
  expect([program, config, "lib/restante/identity.json"].map((path) => existsSync(machine.at(path)))).toEqual([
    false,
    true,
    true,
  ])
  expect(existsSync(machine.at("etc/systemd/system/restante.service"))).toBe(false)
  expect(account(machine)).toBeDefined()

  expect(await machine.install(["--uninstall", "--purge"], { as: "root" })).toMatchObject({ exit: 0 })
  expect([config, "etc/restante", "lib/restante"].filter((path) => existsSync(machine.at(path)))).toEqual([])
  expect(account(machine)).toBeUndefined()
})

asRoot.each([
  ["without systemd", { systemd: false }, []],
  ["with --no-service", { systemd: true }, ["--no-service"]],
])("%s everything else is installed, and the command to run is named", async (_, given, flags) => {
  using machine = world(given)
  const before = (await release.calls().catch(() => [])).length
  const { stdout, exit } = await install(machine, ...flags)
  expect(exit).toBe(0)
  expect(stdout).toContain("/usr/local/bin/restante serve --config /etc/restante/restante.toml")
  expect((await release.calls()).slice(before).filter((call) => call.startsWith("service"))).toEqual([])
  expect(existsSync(machine.at(config))).toBe(true)
})

asRoot("a dry run as root names every step and takes none", async () => {
  using machine = world({ systemd: true })
  const { stdout, exit } = await install(machine, "--dry-run")
  expect(exit).toBe(0)
  for (const step of ["useradd --system", "init --config", "chown root:restante", "chmod 700", "service install"]) {
    expect(stdout).toContain(step)
  }
  expect([program, "etc/restante", "lib/restante"].filter((path) => existsSync(machine.at(path)))).toEqual([])
  expect(account(machine)).toBeUndefined()
})

const kernel = 'case "$1" in -s) echo Linux ;; *) echo x86_64 ;; esac'
const [glibc, musl] = ['echo "glibc 2.36"', "exit 1"].map(
  (libc) => `case "$1" in LONG_BIT) echo 64 ;; *) ${libc} ;; esac`,
)

asRoot.each([
  ["linux-x64", "flags\t\t: fpu avx avx2 bmi1\n", glibc],
  ["linux-x64-baseline", "flags\t\t: fpu avx bmi1\n", glibc],
  ["linux-x64-musl", "flags\t\t: fpu avx avx2 bmi1\n", musl],
])("%s is taken where it belongs", async (target, cpuinfo, getconf = "") => {
  using machine = world({ cpuinfo, has: { uname: kernel, getconf } })
  const { stdout } = await install(machine, "--dry-run", "--no-service")
  const taken = /restante-[\d.]+-(\S+)\.tar\.xz/.exec(stdout)?.[1]
  expect(taken).toBe(target)
})

asRoot(
  "the real executable is installed from an archive, with its own configuration and unit",
  async () => {
    const real = process.env.RESTANTE_EXECUTABLE ?? join(import.meta.dir, "../../dist/restante")
    using machine = world({ systemd: true, has: { systemctl: 'echo "$*" >> /run/asked' } })
    const flags = ["--binary", real, "--public-url", "https://mediator.example.org"]
    const { stdout, stderr, exit } = await machine.install(flags, { as: "root" })
    expect([stderr, exit]).toEqual(["", 0])
    expect(stdout).toContain(`restante ${manifest.version} (Bun`)
    const check = ["/usr/local/bin/restante", "config", "check", "--config", "/etc/restante/restante.toml"]
    expect(await machine.run(check, "root")).toMatchObject({ exit: 0 })
    expect(readFileSync(machine.at(config), "utf8")).toContain('\npublic_url = "https://mediator.example.org"\n')
    const unit = readFileSync(machine.at("etc/systemd/system/restante.service"), "utf8")
    expect(unit).toContain("\nExecStart=/usr/local/bin/restante serve --config /etc/restante/restante.toml\n")
    expect(unit).toContain("\nUser=restante\n")
    expect(readFileSync(machine.at("run/asked"), "utf8")).toBe(
      "daemon-reload\nenable restante.service\nrestart restante.service\n",
    )
    expect(readFileSync(machine.at("local/share/bash-completion/completions/restante"), "utf8")).toContain(
      "_restante()",
    )

    const wrong = await machine.install(["--binary", real, "--public-url", "mediator.example.org"], { as: "root" })
    expect([wrong.exit, wrong.stderr]).toEqual([1, expect.stringContaining("nothing was installed")])
  },
  60_000,
)
