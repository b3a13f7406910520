import { afterAll, beforeAll, expect, test } from "bun:test"
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { targets } from "../release/targets.ts"
import { installer, pretendRelease, shells, type World, webServer, world } from "./world.ts"

const program = (machine: World) => machine.at("home/own/bin/restante")
const leftInTmp = (machine: World) => readdirSync(machine.at("tmp"))

let release: Awaited<ReturnType<typeof pretendRelease>>
let server: Awaited<ReturnType<typeof webServer>>
beforeAll(async () => {
  release = await pretendRelease({ targets })
  server = await webServer(release.folder)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  release[Symbol.dispose]()
})

test("install.sh installs the version that package.json names", async () => {
  expect(readFileSync(installer, "utf8")).toContain(`\nVERSION="${manifest.version}"\n`)
})

test("shellcheck has nothing to say about install.sh", async () => {
  const shellcheck = Bun.which("shellcheck")
  if (!shellcheck) return console.warn("shellcheck is not here: apt-get install shellcheck")
  const { stdout, exitCode } = Bun.spawnSync([shellcheck, "--shell=sh", installer])
  expect([stdout.toString(), exitCode]).toEqual(["", 0])
})

for (const [name, shell] of shells) {
  test(`${name}: whoever is not root gets the executable, the manual page and completions in a folder of their own`, async () => {
    using machine = world({ busybox: name === "busybox" })
    const { stdout, stderr, exit } = await machine.install(["--base-url", server.url], { shell })
    expect([stderr, exit]).toEqual(["", 0])
    expect(stdout).toContain(`${program(machine)} serve`)
    const files = [...new Bun.Glob("**/*").scanSync(machine.at("home/own"))].sort()
    expect(files).toEqual([
      "bin/restante",
      "share/bash-completion/completions/restante",
      "share/fish/vendor_completions.d/restante.fish",
      "share/man/man1/restante.1",
      "share/zsh/site-functions/_restante",
    ])
    expect(statSync(program(machine)).mode & 0o777).toBe(0o755)
    expect(leftInTmp(machine)).toEqual([])
  })
}

test("an upgrade keeps the executable before, and the same version again keeps that one", async () => {
  using machine = world()
  using older = await pretendRelease({ says: "0.0.9" })
  await using earlier = await webServer(older.folder)
  for (const url of [earlier.url, server.url, server.url]) {
    expect(await machine.install(["--base-url", url])).toMatchObject({ exit: 0 })
  }
  expect(readFileSync(program(machine), "utf8")).toContain(`restante ${manifest.version}`)
  expect(readFileSync(`${program(machine)}.previous`, "utf8")).toContain("restante 0.0.9")
})

test("uninstalling leaves nothing of what was installed", async () => {
  using machine = world()
  await machine.install(["--base-url", server.url])
  const { exit } = await machine.install(["--uninstall"])
  expect([exit, [...new Bun.Glob("**/*").scanSync(machine.at("home/own"))]]).toEqual([0, []])
})

test("an archive whose checksum is not the listed one is neither run nor installed", async () => {
  using machine = world()
  using forged = await pretendRelease()
  const line = readFileSync(join(forged.folder, "SHA256SUMS"), "utf8")
  writeFileSync(
    join(forged.folder, "SHA256SUMS"),
    line.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
  )
  await using mirror = await webServer(forged.folder)
  const { stderr, exit } = await machine.install(["--base-url", mirror.url])
  expect([exit, existsSync(machine.at("home/own")), existsSync(join(forged.folder, "calls"))]).toEqual([
    1,
    false,
    false,
  ])
  expect(stderr).toContain("is not what SHA256SUMS says, so nothing was installed")
  expect(leftInTmp(machine)).toEqual([])
})

// wget waits before it tries again: a few cuts are enough for it.
test.each([
  ["curl", 12],
  ["wget", 3],
] as const)(
  "a download that %s sees cut, wherever, installs nothing",
  async (downloader, pieces) => {
    using machine = world({ lacks: downloader === "curl" ? ["wget"] : ["curl"] })
    const archive = join(release.folder, `restante-${manifest.version}-linux-x64.tar.xz`)
    const sumsLength = readFileSync(join(release.folder, "SHA256SUMS")).length
    const size = statSync(archive).size
    const cuts: [file: string, at: number][] = []
    for (let at = 0; at < sumsLength; at += Math.ceil(sumsLength / pieces)) cuts.push(["SHA256SUMS", at])
    for (let at = 0; at < size; at += Math.ceil(size / pieces)) cuts.push([".tar.xz", at])
    cuts.push([".tar.xz", size - 1])
    for (const [file, at] of cuts) {
      await using broken = await webServer(release.folder, (path) => (path.endsWith(file) ? at : null))
      const { stderr, exit } = await machine.install(["--base-url", broken.url])
      expect({ file, at, exit, there: existsSync(machine.at("home/own")), said: stderr !== "" }).toEqual({
        file,
        at,
        exit: 1,
        there: false,
        said: true,
      })
    }
    expect(leftInTmp(machine)).toEqual([])
  },
  120_000,
)

test("a script that was cut on its way does nothing, wherever it was cut", async () => {
  using machine = world()
  const whole = readFileSync(installer, "utf8").trimEnd()
  const arguments_ = ["--prefix", machine.at("home/own"), "--base-url", server.url]
  const before = server.asked.length
  const lengths = [...Array(60).keys()].map((n) => Math.floor((whole.length * n) / 60))
  for (const length of [...lengths, whole.length - 'main "$@"'.length, whole.length - 6]) {
    await machine.run(["sh", "-s", "--", ...arguments_], "nobody", whole.slice(0, length))
  }
  expect([existsSync(machine.at("home/own")), server.asked.length - before]).toEqual([false, 0])
  expect(await machine.run(["sh", "-s", "--", ...arguments_], "nobody", whole)).toMatchObject({ exit: 0 })
  expect(existsSync(program(machine))).toBe(true)
}, 60_000)

test.each([
  ["curl", ["wget"]],
  ["wget", ["curl"]],
  ["openssl alone to check the sum", ["sha256sum"]],
])("%s is enough", async (_, lacks) => {
  using machine = world({ lacks })
  expect(await machine.install(["--base-url", server.url])).toMatchObject({ stderr: "", exit: 0 })
})

test.each([
  [["curl", "wget"], "curl or wget is needed"],
  [["sha256sum", "openssl"], "sha256sum or openssl is needed"],
  [["xz"], "apt-get install xz-utils"],
])("without %p it says what to install", async (lacks, advice) => {
  using machine = world({ lacks })
  const { stderr, exit } = await machine.install(["--base-url", server.url])
  expect([exit, existsSync(machine.at("home/own"))]).toEqual([1, false])
  expect(stderr).toContain(advice)
})

test("a 32-bit system under a 64-bit kernel gets advice and no download", async () => {
  using machine = world({ has: { uname: '[ "$1" = -s ] && echo Linux || echo aarch64', getconf: "echo 32" } })
  const before = server.asked.length
  const { stderr, exit } = await machine.install(["--base-url", server.url])
  expect([exit, server.asked.length - before]).toEqual([1, 0])
  expect(stderr).toContain("needs a 64-bit system, and this one is 32-bit (the kernel says aarch64)")
  expect(stderr).toContain("Raspberry Pi OS Lite (64-bit)")
})

const kernel = (machine: string) => `[ "$1" = -s ] && echo Linux || echo ${machine}`
const glibc = 'case "$1" in LONG_BIT) echo 64 ;; *) echo "glibc 2.36" ;; esac'

test.each([
  ["aarch64", "linux-arm64"],
  ["arm64", "linux-arm64"],
])("%s takes %s", async (name, target) => {
  using machine = world({ has: { uname: kernel(name), getconf: glibc } })
  const { stdout } = await machine.install(["--base-url", server.url, "--dry-run"])
  expect(stdout).toContain(`${server.url}/restante-${manifest.version}-${target}.tar.xz`)
})

test.each([
  [{ has: { uname: kernel("riscv64"), getconf: glibc } }, "there is no release for riscv64"],
  [{ has: { uname: "echo Darwin" } }, "installs on Linux only"],
])("other machines are told that there is nothing for them", async (given, sentence) => {
  using machine = world(given)
  const { stderr, exit } = await machine.install(["--base-url", server.url])
  expect([exit, stderr]).toEqual([1, expect.stringContaining(sentence)])
})

test("without getconf, a program of the system tells how wide it is", async () => {
  using machine = world({ lacks: ["getconf"] })
  expect(await machine.install(["--base-url", server.url])).toMatchObject({ stderr: "", exit: 0 })
})

test("a dry run downloads and changes nothing", async () => {
  using machine = world()
  const before = server.asked.length
  const { stdout, exit } = await machine.install(["--base-url", server.url, "--dry-run"])
  expect([exit, existsSync(machine.at("home/own")), server.asked.length - before]).toEqual([0, false, 0])
  expect(stdout).toContain(`would run: mv -f ${program(machine)}.new ${program(machine)}`)
})

test("install.sh in a release's folder takes what is beside it, and checks that as well", async () => {
  using own = await pretendRelease()
  using machine = world({ lacks: ["curl", "wget"] })
  copyFileSync(installer, join(own.folder, "install.sh"))
  const install = () =>
    machine.run(["sh", join(own.folder, "install.sh"), "--prefix", machine.at("home/own")], "nobody")
  expect(await install()).toMatchObject({ stderr: "", exit: 0 })
  const archive = join(own.folder, `restante-${manifest.version}-linux-x64.tar.xz`)
  writeFileSync(archive, readFileSync(archive).subarray(1))
  expect(await install()).toMatchObject({ exit: 1, stderr: expect.stringContaining("is not what SHA256SUMS says") })
})

test("--binary installs a file that is already here", async () => {
  using machine = world({ lacks: ["curl", "wget", "xz"] })
  const { stderr, exit } = await machine.install(["--binary", release.executable("linux-x64")])
  expect([stderr, exit, existsSync(program(machine))]).toEqual(["", 0, true])
})

test("an executable that does not start here is not installed", async () => {
  using machine = world()
  writeFileSync(machine.at("broken"), "#!/nowhere\n", { mode: 0o755 })
  const { stderr, exit } = await machine.install(["--binary", machine.at("broken")])
  expect([exit, existsSync(machine.at("home/own"))]).toEqual([1, false])
  expect(stderr).toContain("does not start here, so nothing was installed")
})

test.each([
  [["--frobnicate"], "unknown argument --frobnicate"],
  [["--base-url"], "--base-url needs a value"],
  [["--binary="], "--binary needs a value"],
  [["--binary", "/nowhere"], "there is no file /nowhere"],
  [["--purge"], "--purge goes with --uninstall"],
  [[], "this copy does not know where the release is"],
])("%p is refused with a reason", async (args, sentence) => {
  using machine = world()
  const { stderr, exit } = await machine.install(args)
  expect([exit, existsSync(machine.at("home/own")), stderr]).toEqual([1, false, expect.stringContaining(sentence)])
})

test("who is neither root nor names a folder is told both ways", async () => {
  using machine = world()
  const { stderr, exit } = await machine.run(["sh", machine.at("install.sh")], "nobody")
  expect([exit, stderr]).toEqual([1, expect.stringMatching(/sudo sh install\.sh.*--prefix/)])
})

test("the help and docs/install.md name every flag", async () => {
  using machine = world()
  const { stdout } = await machine.install(["--help"])
  const cases = readFileSync(installer, "utf8").match(/^ {6}(-h \| )?--[^)]*\)/gm) ?? []
  const taken = new Set(cases.flatMap((line) => line.match(/--[a-z-]+/g) ?? []))
  expect(taken.size).toBeGreaterThan(8)
  const page = readFileSync(join(import.meta.dir, "../../docs/install.md"), "utf8")
  for (const flag of taken) expect(stdout).toContain(flag)
  for (const flag of taken) if (flag !== "--help") expect(page).toContain(flag)
})
