import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import type { Asset } from "../src/admin/pages.ts"

/** A file of the pages, compressed in both ways that browsers take. */
export function pack(path: string, type: string, bytes: Uint8Array): Asset {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength }
  return {
    path,
    type,
    gzip: Uint8Array.from(gzipSync(bytes, { level: 9 })),
    brotli: Uint8Array.from(brotliCompressSync(bytes, { params })),
  }
}

/** The assets as the source of a module that stands in for embedded.ts in the executable. */
export function moduleOf(assets: readonly Asset[]): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
  const packed = assets.map((one) => ({ ...one, gzip: base64(one.gzip), brotli: base64(one.brotli) }))
  return `const packed = ${JSON.stringify(packed)}
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"))
const assets = packed.map((one) => ({ ...one, gzip: bytes(one.gzip), brotli: bytes(one.brotli) }))
export const loadPages = async () => assets`
}
