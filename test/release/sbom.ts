/** The bill of materials, CycloneDX 1.6: what is inside the executable. https://cyclonedx.org/docs/1.6/json/ */

import { join } from "node:path"
import manifest from "../../package.json" with { type: "json" }

const root = join(import.meta.dir, "../..")

/** A package of bun.lock: name@version, where from, what it needs, its integrity hash. */
type Locked = readonly [id: string, from: string, needs: { dependencies?: Record<string, string> }, integrity: string]
type Lock = { readonly packages: Readonly<Record<string, Locked>> }

/** The document for a release of `commit`, made at `time` (epoch seconds). */
export async function billOfMaterials(commit: string, time: number): Promise<object> {
  const lock = Bun.JSONC.parse(await Bun.file(join(root, "bun.lock")).text()) as Lock
  const own = `pkg:generic/${manifest.name}@${manifest.version}`
  const found = new Map<string, readonly string[]>()
  const direct = Object.keys(manifest.dependencies).map((name) => walk(lock, name, "", found))
  const packages = [...found.keys()].sort()
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(`${own} ${commit}`)}`,
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString().replace(".000", ""),
      component: {
        type: "application",
        "bom-ref": own,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        licenses: [{ license: { id: manifest.license } }],
        purl: own,
        ...(commit !== "" && { pedigree: { commits: [{ uid: commit }] } }),
      },
    },
    components: [runtime, ...(await Promise.all(packages.map((key) => componentOf(lock, key))))],
    dependencies: [
      { ref: own, dependsOn: [runtime["bom-ref"], ...direct.map((key) => referenceOf(lock, key))].sort() },
      { ref: runtime["bom-ref"] },
      ...packages.map((key) => ({
        ref: referenceOf(lock, key),
        dependsOn: (found.get(key) ?? []).map((needed) => referenceOf(lock, needed)).sort(),
      })),
    ],
  }
}

/** Every executable holds Bun whole, its SQLite, BoringSSL and JavaScriptCore among it. */
const runtime = {
  type: "platform",
  "bom-ref": `pkg:npm/bun@${Bun.version}`,
  name: "bun",
  version: Bun.version,
  licenses: [{ expression: "MIT AND LGPL-2.1-or-later" }],
  purl: `pkg:npm/bun@${Bun.version}`,
  properties: [{ name: "revision", value: Bun.revision }],
} as const

// A package that needs another version than the rest has it under its own name: "a/b" before "b".
function walk(lock: Lock, name: string, parent: string, found: Map<string, readonly string[]>): string {
  const key = `${parent}/${name}` in lock.packages ? `${parent}/${name}` : name
  if (found.has(key)) return key
  found.set(key, [])
  const needs = Object.keys(lockedAt(lock, key)[2].dependencies ?? {})
  found.set(
    key,
    needs.map((needed) => walk(lock, needed, key, found)),
  )
  return key
}

async function componentOf(lock: Lock, key: string): Promise<object> {
  const [id, , , integrity] = lockedAt(lock, key)
  const { name, version } = nameAndVersion(id)
  const installed = await Bun.file(join(root, "node_modules", ...folders(key), "package.json")).json()
  if (installed.version !== version) throw new Error(`${name} ${installed.version} is installed, ${version} is locked`)
  const purl = reference(name, version)
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    licenses: [{ license: { id: installed.license } }],
    hashes: [{ alg: "SHA-512", content: sha512Of(integrity) }],
    purl,
  }
}

// "@a/b/c" is c inside @a/b.
const folders = (key: string): string[] =>
  (key.match(/@[^/]+\/[^/]+|[^/]+/g) ?? []).join("\nnode_modules\n").split("\n")

function lockedAt(lock: Lock, key: string): Locked {
  const locked = lock.packages[key]
  if (!locked) throw new Error(`${key} is not in bun.lock`)
  return locked
}

function nameAndVersion(id: string): { name: string; version: string } {
  const at = id.lastIndexOf("@")
  return { name: id.slice(0, at), version: id.slice(at + 1) }
}

function referenceOf(lock: Lock, key: string): string {
  const { name, version } = nameAndVersion(lockedAt(lock, key)[0])
  return reference(name, version)
}

const reference = (name: string, version: string): string => `pkg:npm/${name.replace("@", "%40")}@${version}`

function sha512Of(integrity: string): string {
  const [, base64 = ""] = /^sha512-(.+)$/.exec(integrity) ?? []
  if (base64 === "") throw new Error(`${integrity} is not a SHA-512`)
  return Buffer.from(base64, "base64").toString("hex")
}

/** A UUID that follows from `text` (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = new Bun.CryptoHasher("sha256").update(text).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
