import { createHash } from "node:crypto"

/** A file of the admin pages; `path` is below /admin/, and empty for the page itself. */
export type Asset = {
  readonly path: string
  readonly type: string
  readonly gzip: Uint8Array<ArrayBuffer>
  readonly brotli: Uint8Array<ArrayBuffer>
}

const ROOT = "/admin"

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ")

const guards = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const

/** Serves the admin pages. `load` gives null where a build has none. */
export function createPages(load: () => Promise<readonly Asset[] | null>) {
  /** The answer to whatever is asked at `path`, which begins with /admin. */
  return async function serve(request: Request, path: string): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") return words("Only GET and HEAD work here.", 405)
    // Relative, because a proxy may have put a path before this one.
    if (path === ROOT) return new Response(null, { status: 308, headers: { ...guards, Location: "admin/" } })
    const assets = await load()
    if (!assets) return words("This build of restante has no admin pages; the API is at /admin/api.", 404)
    const asset = assets.find((one) => `${ROOT}/${one.path}` === path)
    return asset ? answer(asset, request) : words("There is no such page; the admin pages begin at /admin/.", 404)
  }
}

function answer(asset: Asset, { headers }: Request): Response {
  const coding = codingFor(headers.get("accept-encoding") ?? "")
  const tag = `"${createHash("sha256").update(asset.gzip).digest("base64url").slice(0, 22)}${coding ? `-${coding}` : ""}"`
  const common = {
    ...guards,
    // Only what carries its hash in its name can be kept for good.
    "Cache-Control": asset.path === "" ? "no-cache" : "public, max-age=31536000, immutable",
    Vary: "Accept-Encoding",
    ETag: tag,
  }
  if (isNamed(tag, headers.get("if-none-match"))) return new Response(null, { status: 304, headers: common })
  const body = coding === "br" ? asset.brotli : coding === "gzip" ? asset.gzip : Bun.gunzipSync(asset.gzip)
  return new Response(body, {
    headers: { ...common, "Content-Type": asset.type, ...(coding && { "Content-Encoding": coding }) },
  })
}

/** RFC 9110 12.5.3, as far as anybody uses it: a coding with q=0 is refused. */
function codingFor(accepted: string): "br" | "gzip" | null {
  const named = accepted
    .toLowerCase()
    .split(",")
    .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
    .map((one) => one.split(";", 1)[0]?.trim())
  return named.includes("br") ? "br" : named.includes("gzip") ? "gzip" : null
}

const isNamed = (tag: string, given: string | null): boolean =>
  (given ?? "").split(",").some((one) => one.trim().replace(/^W\//, "") === tag || one.trim() === "*")

const words = (sentence: string, status: number) =>
  new Response(`${sentence}\n`, {
    status,
    headers: { ...guards, "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
  })
