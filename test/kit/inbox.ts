export type Posted = { readonly mediaType: string | null; readonly text: string }

/** An agent's own HTTP endpoint: what is posted to it waits to be looked at. `status` is what it answers. */
export function openInbox(status = 202) {
  const posted: Posted[] = []
  let arrived = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      posted.push({ mediaType: request.headers.get("content-type"), text: await request.text() })
      arrived.resolve()
      return new Response(null, { status })
    },
  })

  /** Whether something was posted within `ms`. */
  async function hears(ms: number): Promise<boolean> {
    if (posted.length > 0) return true
    arrived = Promise.withResolvers<void>()
    await Promise.race([arrived.promise, Bun.sleep(ms)])
    return posted.length > 0
  }

  async function next(ms = 5_000): Promise<Posted> {
    await hears(ms)
    const first = posted.shift()
    if (!first) throw new Error(`nothing was posted within ${ms} ms`)
    return first
  }

  const url = `http://127.0.0.1:${server.port}/`
  return {
    url,
    /** The service of a DID document that leads here, as did:peer:2 abbreviates it. */
    service: { t: "dm", s: { uri: url, a: ["didcomm/v2"] } },
    hears,
    next,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
