import { html, raw } from "hono/html"
import { renderSVG } from "uqr"
import style from "../../web/landing.css" with { type: "text" }

/** What everybody may read: how this mediator is called and how to ask it for a mailbox. */
export type Profile = {
  readonly version: string
  readonly did: string
  readonly dids: readonly string[]
  /** The did:web document, or null when the public URL does not allow one. */
  readonly webDocument: object | null
  readonly invitation: object
  readonly invitationUrl: string
  /** The invitation with an invite's id, which need not be one. */
  readonly inviteUrl: (id: string) => string
}

export const landingStyle: string = style

/** The invitation's URL as a QR code, drawn in the text's colour on white: phones want contrast, dark mode or not. */
export const invitationImage = ({ invitationUrl }: Profile): string =>
  renderSVG(invitationUrl, { border: 2, ecc: "L", pixelSize: 4 })

/** The page for people who open the mediator's address in a browser. */
export const landingPage = ({ did, invitationUrl, version }: Profile) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>restante — a mediator</title>
    <link rel="stylesheet" href="landing.css">
  </head>
  <body>
    <main>
      <header>
        ${raw(emblem)}
        <h1>restante</h1>
        <p class="lead">A mediator: it keeps sealed messages for wallets that are offline, and hands them over when they call.
        It cannot read them.</p>
      </header>
      <section aria-labelledby="invitation">
        <h2 id="invitation">Ask for a mailbox</h2>
        <p>Scan this with a DIDComm v2 wallet, or give the wallet the link.</p>
        <a class="qr" href="${invitationUrl}"><img src="invitation.svg" alt="QR code of the invitation link" width="280" height="280"></a>
        <p><a href="${invitationUrl}">Invitation link</a> · <a href="invitation">as JSON</a></p>
      </section>
      <section aria-labelledby="did">
        <h2 id="did">This mediator’s DID</h2>
        <p><code tabindex="0">${did}</code></p>
        <p>For developers: <a href="did">DID as text</a> · <a href="version">version</a></p>
      </section>
      <footer>restante ${version}</footer>
    </main>
  </body>
</html>`

// A letter waiting in a pigeonhole.
const emblem = `<svg class="emblem" viewBox="0 0 64 64" width="56" height="56" aria-hidden="true">
<rect x="4" y="10" width="56" height="44" rx="9"/><path d="M15 24h34v21H15z"/><path d="m15 25 17 12 17-12"/></svg>`
