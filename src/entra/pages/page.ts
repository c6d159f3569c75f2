import { createHash } from 'node:crypto'

/** HTML that was made here; everything else is text and gets escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Html[] | undefined | false

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + (index < parts.length ? shownPart(parts[index]) : '')).join(''))
}

function shownPart(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(({ text }) => text).join('')
  return String(part).replace(/[&<>"'`]/g, letter => `&#${letter.charCodeAt(0)};`)
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
h1 { font-size: 1.4rem }
form { margin: 0 }
label, li { display: block; margin: .4rem 0 }
ul { padding: 0 }
code { background: #eef0f4; padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere }
button { font: inherit; padding: .4rem 1.2rem; margin: 1rem .5rem 0 0 }
input[type=text] { font: inherit; padding: .4rem; width: 14rem; text-transform: uppercase }
footer { margin-top: 2rem; color: #5b5f66; font-size: .9rem }
@media (prefers-color-scheme: dark) { body { color: #e4e6ea; background: #17181b } code { background: #2a2c31 } footer { color: #9aa0a8 } }
`

/** Sends a form by itself; without JavaScript there is its button. */
const submit = 'document.forms[0].submit()'

export interface PageSettings {
  title: string
  body: Html
  /** Where its forms may lead besides here: browsers apply it to redirects that follow, too. */
  formTo?: string
  /** Sends its form at once. */
  submits?: boolean
}

/** A page and the headers that confine it: nothing is loaded, nothing may frame it, forms lead where they should. */
export function page({ title, body, formTo, submits = false }: PageSettings): {
  text: string
  headers: Record<string, string>
} {
  const script = submits && new Html(`<script>${submit}</script>\n`)
  const { text } = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
<h1>${title}</h1>
${body}
<footer>mde-emulator. Not affiliated with Microsoft; nobody asks for a password here.</footer>
${script}</html>
`
  const policy = [
    "default-src 'none'",
    `style-src ${hashed(style)}`,
    ...(submits ? [`script-src ${hashed(submit)}`] : []),
    `form-action 'self'${formTo === undefined ? '' : ` ${sourceOf(formTo)}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'"
  ]
  return {
    text,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store, no-cache',
      pragma: 'no-cache'
    }
  }
}

function hashed(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** An address as a source of a content security policy. */
function sourceOf(address: string): string {
  const { protocol, origin } = new URL(address)
  return /^https?:$/.test(protocol) ? origin : protocol
}
