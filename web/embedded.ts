import type { Asset } from "../src/admin/pages.ts"

let built: Promise<readonly Asset[] | null> | null = null

/** The admin pages, built when they are first asked for. In the executable they are there already: test/build.ts. */
export const loadPages = (): Promise<readonly Asset[] | null> =>
  (built ??= import("./build.ts").then(({ buildPages }) => buildPages()))
