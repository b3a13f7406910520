import { post } from "../../api/client.ts"
import type { Backup, Prospect } from "../../api/types.ts"
import { confirmed } from "../../kit/confirm.tsx"
import { counted, dayAndTime } from "../../kit/format.ts"

/** Says what going back would mean, and does it when that is wanted. Resolves with whether the mediator restarts. */
export const restore = (of: Backup, at: string): Promise<boolean> => {
  const ask = (dryRun: boolean) => post<Prospect>(`${at}/restore`, { dryRun })
  return confirmed({
    title: `Go back to ${dayAndTime(of.at)}?`,
    say: "Everything is put back as it was then, and the mediator starts again on it. What is there now is kept beside it in the data folder.",
    act: "Restore and restart",
    isDangerous: true,
    dryRun: async () => <Figures of={await ask(true)} />,
    run: () => ask(false),
  })
}

const Figures = ({ of: { messages, registrations, lost, again, lostRegistrations } }: { of: Prospect }) => (
  <>
    <p>
      It holds {counted(messages, "waiting message")} and {counted(registrations, "registration")}.
    </p>
    {lost === null || again === null || lostRegistrations === null ? (
      <p>How that differs from now cannot be known.</p>
    ) : (
      <ul>
        <li>{counted(lost, "message")} that came since would be lost.</li>
        <li>{counted(again, "message")} that left since would wait again.</li>
        <li>{counted(lostRegistrations, "registration")} made since would be gone.</li>
      </ul>
    )}
    <p>All who are signed in here must sign in again.</p>
  </>
)
