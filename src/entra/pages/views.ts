import type { DeviceCode } from '../device-codes.js'
import type { App, User } from '../directory.js'
import type { Wanted } from '../scopes.js'
import type { AuthorizeRequest } from './authorize.js'
import { type Html, html, type PageSettings } from './page.js'

/** Who signs in, and whether the app may. */
export function signInView(
  { app, wanted, loginHint, redirectUri }: AuthorizeRequest,
  users: readonly User[],
  flow: string,
  action: string
): PageSettings {
  return {
    title: `Sign in to ${app.name}`,
    formTo: redirectUri,
    body: html`${asked(app, wanted)}
<form method="post" action="${action}">
${hidden({ flow })}${choice(users, loginHint)}
${button('accept', 'Accept')}${button('cancel', 'Cancel')}
</form>`
  }
}

/** Which device. */
export function userCodeView(flow: string, action: string, typed: string, problem?: string): PageSettings {
  return {
    title: 'Enter the code',
    body: html`${problem !== undefined && html`<p role="alert">${problem}</p>`}
<form method="post" action="${action}">
${hidden({ flow })}<label>Code shown by the device<br><input type="text" name="user_code" value="${typed}" autocomplete="off" autofocus required></label>
<button>Next</button>
</form>`
  }
}

/** Who lets the device in. */
export function deviceView(
  { app, wanted, userCode }: DeviceCode,
  users: readonly User[],
  flow: string,
  action: string
): PageSettings {
  return {
    title: `Sign in to ${app.name} on a device`,
    body: html`<p>The device shows <code>${userCode}</code>.</p>
${asked(app, wanted)}
<form method="post" action="${action}">
${hidden({ flow })}${choice(users, undefined)}
${button('approve', 'Approve')}${button('decline', 'Decline')}
</form>`
  }
}

/** An answer that the browser carries to the app. */
export function formPostView(action: string, fields: Readonly<Record<string, string>>): PageSettings {
  return {
    title: 'Back to the app',
    formTo: action,
    submits: true,
    body: html`<form method="post" action="${action}">
${hidden(fields)}<button>Continue</button>
</form>`
  }
}

export function messageView(title: string, text: string): PageSettings {
  return { title, body: html`<p>${text}</p>` }
}

function asked({ clientId }: App, { resource, scopes, about }: Wanted): Html {
  const names = scopes === 'default' ? ['everything that was consented to'] : scopes
  return html`<p>The app <code>${clientId}</code> asks${resource !== undefined && html` for <code>${resource}</code>`}:</p>
<ul>${[...names, ...about].map(name => html`<li><code>${name}</code></li>`)}</ul>`
}

function choice(users: readonly User[], hint: string | undefined): Html {
  const hinted = users.find(({ name }) => name.toLowerCase() === hint?.toLowerCase()) ?? users[0]
  return html`${users.map(
    user =>
      html`<label><input type="radio" name="user" value="${user.name}"${user === hinted && html` checked`}> ${user.name}</label>
`
  )}`
}

function hidden(fields: Readonly<Record<string, string>>): Html {
  return html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
`
  )}`
}

function button(decision: string, text: string): Html {
  return html`<button name="decision" value="${decision}">${text}</button>`
}
