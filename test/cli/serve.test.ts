import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { emptyFolder, run, start } from "./run.ts"

/** A mediator on a free port, once its log says where it listens. */
async function serve(...args: string[]) {
  const cwd = emptyFolder()
  const child = start(["serve", "--port", "0", "--log-format", "json", ...args], { cwd })
  const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader()
  let log = ""
  while (!log.includes('"mediator.started"')) {
    const { value, done } = await lines.read()
    if (done) throw new Error(`it ended before it had started: ${log}`)
    log += value
  }
  const started = log.split("\n").find((line) => line.includes('"mediator.started"')) ?? "{}"
  const url: string = JSON.parse(started).url
  return { child, cwd, url }
}

describe("serve", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "stops at %s with exit code 0, and says nothing but its log",
    async (signal) => {
      const { child } = await serve()
      child.kill(signal)
      expect(await child.exited).toBe(0)
      expect(await child.stdout.text()).toBe("")
    },
  )

  test("did and health work beside it", async () => {
    const { child, cwd, url } = await serve()
    const { dids } = JSON.parse((await run(["did", "--json"], { cwd })).stdout)
    const answered = await (await fetch(`${url}/did`)).text()
    expect(dids).toContain(answered.trim().split("\n")[0])

    const healthy = await run(["health", "--url", url, "--json"], { cwd })
    expect(healthy).toEqual({
      stdout: `${JSON.stringify({ url, alive: true, ready: true }, null, 2)}\n`,
      stderr: "",
      exit: 0,
    })
    expect((await run(["health", "--url", `${url}/`], { cwd })).stdout).toBe(`${url} is alive and ready.\n`)
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  })

  test("a log that cannot be written stops nothing", async () => {
    const cwd = emptyFolder()
    const main = new URL("../../src/main.ts", import.meta.url).pathname
    const command = ["bash", "-c", 'exec "$0" "$@" 2> /dev/full', process.execPath, main]
    const place = ["--port", "0", "--metrics-listen", "127.0.0.1:0", "--log-level", "debug"]
    const env = { PATH: process.env.PATH ?? "" }
    const child = Bun.spawn([...command, "serve", ...place], { cwd, env, stdin: "ignore", stdout: "ignore" })
    while (!existsSync(join(cwd, "restante-data", "restante.db-wal")) && child.exitCode === null) await Bun.sleep(20)
    child.kill("SIGHUP")
    await Bun.sleep(500)
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  })

  test("a port that is taken ends with 69, in one line", async () => {
    const { child, url } = await serve()
    const { stderr, exit } = await run(["serve", "--port", new URL(url).port])
    expect(exit).toBe(69)
    expect(stderr).toContain("[error] The server cannot listen on that address.")
    expect(stderr).not.toContain("    at ")
    child.kill("SIGTERM")
    await child.exited
  })

  test("a setting that cannot be used stops it before anything is created", async () => {
    const { exit } = await run(["serve", "--storage-url", "mysql:x"])
    expect(exit).toBe(78)
  })
})

describe("health", () => {
  const answering = (status: (path: string) => number) =>
    Bun.serve({ port: 0, fetch: ({ url }) => new Response(null, { status: status(new URL(url).pathname) }) })

  test("is 1 when alive but not ready, and when not alive", async () => {
    await using unready = answering((path) => (path === "/readyz" ? 503 : 200))
    await using broken = answering(() => 500)
    const [first, second] = await Promise.all(
      [unready, broken].map(({ port }) => run(["health", "--url", `http://localhost:${port}`])),
    )
    expect(first).toMatchObject({ exit: 1, stdout: expect.stringContaining("is alive, but not ready.") })
    expect(second).toMatchObject({ exit: 1, stdout: expect.stringContaining("is not healthy.") })
  })

  test("asks the public URL of the configuration", async () => {
    await using server = answering(() => 200)
    const { exit } = await run(["health"], { env: { RESTANTE_SERVER_PUBLIC_URL: `http://localhost:${server.port}/` } })
    expect(exit).toBe(0)
  })

  test("is 69 when nobody answers, or not in time", async () => {
    await using silent = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) })
    const slow = await run(["health", "--timeout", "1s", "--url", `http://localhost:${silent.port}`])
    expect(slow).toMatchObject({ exit: 69, stdout: "" })
    expect(slow.stderr).toContain("timed out")
    const closed = await run(["health", "--url", "http://127.0.0.1:1"])
    expect(closed.exit).toBe(69)
    await silent.stop(true)
  })
})
