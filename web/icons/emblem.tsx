/** A letter that waits in its pigeonhole. */
export const Emblem = () => (
  <svg class="emblem" viewBox="0 0 64 64" aria-hidden="true">
    <rect class="emblem-box" width="64" height="64" rx="14" />
    <rect class="emblem-paper" x="10" y="17" width="44" height="30" rx="3" />
    <path class="emblem-fold" d="m12 20 20 15 20-15" />
  </svg>
)

export const Wordmark = () => (
  <span class="wordmark">
    <Emblem />
    <span>restante</span>
  </span>
)

/** A postmark with its waves, for where there is room. */
export const Postmark = ({ words }: { words: string }) => (
  <svg class="postmark" viewBox="0 0 220 110" aria-hidden="true">
    <defs>
      <path id="postmark-arc" d="M15 55a40 40 0 1 1 80 0" />
    </defs>
    <circle cx="55" cy="55" r="50" />
    <circle cx="55" cy="55" r="31" />
    <path d="M43 48h24v16H43zM43 49l12 8 12-8" />
    <text>
      <textPath href="#postmark-arc" startOffset="50%" text-anchor="middle">
        {words}
      </textPath>
    </text>
    <path d="M105 30q14-8 28 0t28 0 28 0 28 0M110 46q14-8 28 0t28 0 28 0 24 0M110 62q14-8 28 0t28 0 28 0 24 0M105 78q14-8 28 0t28 0 28 0 28 0" />
  </svg>
)
