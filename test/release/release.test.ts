import { afterAll, expect, test } from "bun:test"
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { restante } from "../../src/cli/program.ts"
import { faults } from "../../src/faults.ts"
import { build } from "../build.ts"
import { manual } from "./manual.ts"
import { pack, sha256, sums } from "./pack.ts"
import { billOfMaterials } from "./sbom.ts"
import { archiveOf, targets } from "./targets.ts"

const root = join(import.meta.dir, "../..")
const COMMIT = "0123456789abcdef0123456789abcdef01234567"
const TIME = 1_790_000_000
const ELSEWHERE = "linux-x64-musl"

const scratch = mkdtempSync(join(tmpdir(), "restante-release-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A copy of the sources, without what is installed, built or Git's. */
function sources(): string {
  const folder = join(scratch, "sources")
  const listed = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
  for (const file of listed.stdout.toString().trim().split("\n")) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file), { recursive: true })
  }
  return folder
}

/** The executable that a folder of sources gives, once its packages are installed. */
function builtIn(folder: string): string {
  const executable = join(folder, "made", "restante")
  const making = `import { build } from "./test/build.ts"; await build(${JSON.stringify(executable)}, { target: "bun-${ELSEWHERE}" })`
  for (const argv of [
    ["install", "--frozen-lockfile", "--production", "--silent"],
    ["-e", making],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync([process.execPath, ...argv], { cwd: folder, stderr: "pipe" })
    if (exitCode !== 0) throw new Error(stderr.toString())
  }
  return executable
}

test("the same sources give the same executable in any folder, and its name is not in it", async () => {
  const folder = sources()
  const other = join(scratch, "some/other place")
  cpSync(folder, other, { recursive: true })
  const [one, again] = [builtIn(folder), builtIn(other)]
  expect(await sha256(again)).toBe(await sha256(one))
  expect(Buffer.from(await Bun.file(one).bytes()).includes(scratch)).toBe(false)
}, 120_000)

test.each([...targets])(
  "the runtime of %s cannot be told by the environment to run something else",
  async (target) => {
    const executable = await build(join(scratch, target), { target: `bun-${target}` })
    const program = Buffer.from(await Bun.file(executable).bytes())
    expect(["BUN_BE_BUN", "BUN_OPTIONS"].filter((name) => program.includes(name))).toEqual([])
    rmSync(executable)
  },
  120_000,
)

test("an archive does not show when, by whom and in which order it was made", async () => {
  const archives: string[] = []
  for (const [times, names] of [
    [1, ["b", "a"]],
    [2, ["a", "b"]],
  ] as const) {
    const folder = join(scratch, `pack-${times}`, "restante")
    mkdirSync(folder, { recursive: true })
    for (const name of names) {
      writeFileSync(join(folder, name), name.repeat(100_000))
      utimesSync(join(folder, name), times, times)
      chmodSync(join(folder, name), times === 1 ? 0o664 : 0o644)
    }
    archives.push(join(scratch, `${times}.tar.xz`))
    await pack(join(folder, ".."), "restante", archives.at(-1) ?? "", TIME)
  }
  const [first = "", second = ""] = archives
  expect(await sha256(second)).toBe(await sha256(first))
})

test("sha256sum confirms SHA256SUMS, whatever order it was given", async () => {
  const folder = mkdtempSync(join(scratch, "sums-"))
  const names = ["c", "a", "b"]
  for (const name of names) writeFileSync(join(folder, name), name)
  const text = await sums(folder, names)
  writeFileSync(join(folder, "SHA256SUMS"), text)
  expect(text).toBe(await sums(folder, names.toReversed()))
  const { exitCode, stdout } = Bun.spawnSync(["sha256sum", "--strict", "-c", "SHA256SUMS"], { cwd: folder })
  expect([exitCode, stdout.toString()]).toEqual([0, "a: OK\nb: OK\nc: OK\n"])
})

type Component = { name: string; version: string; purl: string; licenses: unknown[]; hashes?: { content: string }[] }
type Bill = { components: Component[]; dependencies: { ref: string; dependsOn?: string[] }[] }

test("the bill of materials names every package at run time, and Bun, with licence and hash", async () => {
  const { components, dependencies } = (await billOfMaterials(COMMIT, TIME)) as Bill
  const versions = Object.fromEntries(components.map(({ name, version }) => [name, version]))
  expect(versions).toMatchObject({ ...manifest.dependencies, bun: Bun.version })
  expect(Object.keys(versions)).not.toContain("playwright-core")
  for (const { name, licenses, hashes } of components) {
    expect([name, JSON.stringify(licenses)]).toEqual([name, expect.stringMatching(/"(id|expression)":"[\w. -]+"/)])
    if (name !== "bun") expect([name, hashes?.[0]?.content]).toEqual([name, expect.stringMatching(/^[0-9a-f]{128}$/)])
  }
  const references = new Set(dependencies.map(({ ref }) => ref))
  const dangling = dependencies.flatMap(({ dependsOn = [] }) => dependsOn.filter((ref) => !references.has(ref)))
  expect([dangling, components.filter(({ purl }) => !references.has(purl))]).toEqual([[], []])
})

test("the bill of materials is the same for the same commit, and another for another", async () => {
  const [one, again, other] = await Promise.all(
    [COMMIT, COMMIT, COMMIT.replace("0", "f")].map(async (commit) =>
      JSON.stringify(await billOfMaterials(commit, TIME)),
    ),
  )
  expect(again).toBe(one)
  expect(other).not.toBe(one)
})

test("the manual page shows every command, and man has nothing to say about it", () => {
  const page = join(scratch, "restante.1")
  const text = manual(restante, { version: manifest.version, time: TIME })
  for (const name of ["serve", "invite create", "service install", "proxy print nginx", "completions zsh"]) {
    expect(text).toContain(`.SS ${name}\n`)
  }
  for (const { exit } of Object.values(faults)) if (exit !== undefined) expect(text).toContain(`.B ${exit}\n`)
  if (!Bun.which("man")) return console.warn("The manual page is not shown: man is not here.")
  writeFileSync(page, text)
  const { stdout, stderr, exitCode } = Bun.spawnSync(["man", "--warnings", "-E", "UTF-8", "-l", page], {
    env: { ...process.env, MANWIDTH: "100", LC_ALL: "C.UTF-8" },
    stderr: "pipe",
  })
  expect([stderr.toString(), exitCode]).toEqual(["", 0])
  expect(stdout.toString()).toContain("--mailbox-ttl TIME")
})

test("the archives bear the version and the names that install.sh asks for", async () => {
  const installer = await Bun.file(join(root, "install.sh")).text()
  expect(installer).toContain('name="restante-$VERSION-$target"')
  for (const target of targets) expect(archiveOf(target)).toBe(`restante-${manifest.version}-${target}.tar.xz`)
})
