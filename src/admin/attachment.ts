/** The answer that a browser saves as a file: `chunks` are asked for as fast as they are read, and no faster. */
export function attachment(name: string, type: string, chunks: AsyncIterator<string>): Response {
  const text = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(text.encode(value))
    },
    cancel: async () => void (await chunks.return?.()),
  })
  return new Response(body, {
    headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"` },
  })
}
