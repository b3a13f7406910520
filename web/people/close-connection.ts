import { remove } from "../api/client.ts"
import type { Connection } from "../api/types.ts"
import { confirmed } from "../kit/confirm.tsx"
import { shortDid } from "../kit/did.ts"
import { toast } from "../kit/toast.tsx"

/** Closes one socket, whose client may come back. */
export async function closeConnection({ id, did, address }: Connection): Promise<void> {
  const isDone = await confirmed({
    title: "Close this connection?",
    say: `${did === null ? address : shortDid(did)} may connect again at once.`,
    act: "Close it",
    run: () => remove(`/connections/${encodeURIComponent(id)}`),
  })
  if (isDone) toast("The connection is closed.")
}
