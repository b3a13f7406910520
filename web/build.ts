/** The admin pages as files with hashed names, in memory. */

import { join } from "node:path"
import type { BuildArtifact } from "bun"
import type { Asset } from "../src/admin/pages.ts"
import { pack } from "./pack.ts"

const naming = "[name]-[hash].[ext]"
const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
}

/** Bundles everything in this folder; throws with the bundler's messages when that fails. */
export async function buildPages(): Promise<readonly Asset[]> {
  const result = await Bun.build({
    entrypoints: [join(import.meta.dir, "main.tsx"), join(import.meta.dir, "styles/main.css")],
    target: "browser",
    splitting: true,
    minify: true,
    naming: { entry: naming, chunk: naming, asset: naming },
    define: { "process.env.NODE_ENV": '"production"' },
    jsx: { runtime: "automatic", importSource: "preact", development: false },
  })
  if (!result.success) throw new AggregateError(result.logs, "the admin pages could not be built")
  const icon = await Bun.file(join(import.meta.dir, "icons/icon.svg")).bytes()
  const iconName = `icon-${Bun.hash(icon).toString(36)}.svg`
  const files = await Promise.all(
    result.outputs.map(async (one) => [nameOf(one), new Uint8Array(await one.arrayBuffer())] as const),
  )
  const entries = result.outputs.filter(({ kind }) => kind === "entry-point" || kind === "asset").map(nameOf)
  const script = entries.find((name) => name.endsWith(".js")) ?? ""
  const style = entries.find((name) => name.endsWith(".css")) ?? ""
  const source = new TextDecoder().decode(files.find(([name]) => name === script)?.[1])
  const needed = [...source.matchAll(/\bfrom"\.\/([\w-]+\.js)"/g)].map(([, name = ""]) => name)
  return [
    pack("", "text/html; charset=utf-8", new TextEncoder().encode(page({ script, style, icon: iconName, needed }))),
    pack(`assets/${iconName}`, "image/svg+xml", icon),
    ...files.map(([name, bytes]) => pack(`assets/${name}`, types[name.split(".").at(-1) ?? ""] ?? "", bytes)),
  ]
}

const nameOf = ({ path }: BuildArtifact): string => path.replace(/^.*\//, "")

// Everything is named relative to the page: a proxy may serve it below a path that the mediator does not know.
const page = (names: { script: string; style: string; icon: string; needed: readonly string[] }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f4efe5">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#17181c">
<title>restante</title>
<link rel="icon" type="image/svg+xml" href="assets/${names.icon}">
<link rel="stylesheet" href="assets/${names.style}">
${names.needed.map((name) => `<link rel="modulepreload" href="assets/${name}">\n`).join("")}\
<script type="module" src="assets/${names.script}"></script>
</head>
<body>
<div id="app"></div>
<noscript><p>These pages need JavaScript. The command line does the same: <code>restante --help</code>.</p></noscript>
</body>
</html>
`
