import type { ComponentChildren } from "preact"
import { Postmark, Wordmark } from "../icons/emblem.tsx"

type WelcomeProps = { title: string; lead?: ComponentChildren; children: ComponentChildren }

/** A letter on an empty desk: what is shown before somebody is signed in. */
export const Welcome = ({ title, lead, children }: WelcomeProps) => (
  <main class="welcome">
    <div class="letter">
      <header>
        <Wordmark />
        <Postmark words="POSTE RESTANTE" />
      </header>
      <h1>{title}</h1>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </div>
  </main>
)
