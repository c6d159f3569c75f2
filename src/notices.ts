import type { Options } from './options.js'

/** What a user should know about how an emulator was started, a sentence each. */
export function noticesOf({ auth, loose, scenario, trustIssuer, responses }: Options): string[] {
  const notices: string[] = []
  if (auth === 'off')
    notices.push(
      'Authorization is OFF (--auth off): every call is answered as if by the app with every permission. Production refuses calls without a token.'
    )
  if (auth === 'decode')
    notices.push('Signatures are NOT checked (--auth decode): anybody can write a token. Production checks them.')
  if (scenario === 'learn')
    notices.push(
      "The answers are the examples of Microsoft's pages (--scenario learn), verbatim: they contradict each other and nothing changes them."
    )
  if (trustIssuer.length > 0)
    notices.push(
      `Tokens of ${trustIssuer.join(', ')} are accepted (--trust-issuer): their keys are fetched when the first one comes.`
    )
  if (responses !== 'usual')
    notices.push(
      `Answers make use of what the contract permits (--responses ${responses}): no capture of the real service shows them so.`
    )
  if (loose) notices.push('$filter takes every property (--loose): production may refuse some of them.')
  return notices
}
