/** A real browser on a real mediator's admin pages. */

import { existsSync } from "node:fs"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import { type desk, NAME, PASSWORD } from "../admin/desk.ts"

export type Desk = Awaited<ReturnType<typeof desk>>
/** Where an admin's pages are. */
type Place = { readonly m: { readonly admin: { readonly url: string } } }
export type Scheme = "light" | "dark"
export type Look = {
  readonly width?: number
  readonly height?: number
  readonly scheme?: Scheme
  readonly zoom?: number
}

const browsers = [
  process.env.RESTANTE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
]

/** Chromium, once for a whole file of tests. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = browsers.find((place) => place !== undefined && existsSync(place))
  if (!executablePath) {
    throw new Error("The tests of the admin pages need Chromium: apt-get install chromium, or set RESTANTE_CHROMIUM.")
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox"] })
}

export type Visit = AsyncDisposable & {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained about: errors, refused requests, violations of its policy. */
  readonly complaints: readonly string[]
  /** The URLs of everything that it asked for. */
  readonly asked: readonly string[]
}

/** A new visitor without cookies. */
export async function visit(
  browser: Browser,
  { width = 1440, height = 900, scheme = "light", zoom = 1 }: Look = {},
): Promise<Visit> {
  const context = await browser.newContext({
    // Zooming leaves a page fewer pixels of its own, and makes each larger.
    viewport: { width: width / zoom, height: height / zoom },
    deviceScaleFactor: zoom,
    ...(width < 600 && { isMobile: true, hasTouch: true }),
    colorScheme: scheme,
    locale: "en-GB",
    reducedMotion: "reduce",
  })
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective))",
  )
  page.on("request", (request) => asked.push(request.url()))
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on(
    "console",
    (message) => message.type() === "error" && complaints.push(`${message.text()} ${message.location().url}`),
  )
  return { page, context, complaints, asked, [Symbol.asyncDispose]: () => context.close() }
}

/** Every screen that somebody who signed in can open; a new screen adds its place here. */
export const places: readonly string[] = [
  "",
  "access",
  "queues",
  "queues/connections",
  "traffic",
  "registrations",
  "registrations?state=revoked",
  "identity",
  "storage",
  "doctor",
  "audit",
  "audit?text=nobody-did-this",
  "settings",
  "admins",
  "about",
  "welcome/who",
  "welcome/reach",
  "welcome/device",
  "nowhere",
]

/** Where a screen is: `screen(d, "registrations?state=pending")`. */
export const screen = (d: Place, place = ""): string => `${d.m.admin.url}/#/${place}`

/** Signs in through the form, and waits for the screen that was asked for. */
export async function signIn(page: Page, d: Place, place = ""): Promise<void> {
  await page.goto(screen(d, place))
  await page.getByLabel("Name").fill(NAME)
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await settled(page)
}

/** Waits until the screen has a heading and nothing on it is loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".page h1").waitFor()
  await page.locator(".skeleton").first().waitFor({ state: "detached" })
}
