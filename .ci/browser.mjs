// See .ci/browser. With an argument it also saves a screenshot there.
import { chromium } from 'playwright-core'
import { createEmulator } from '../dist/index.js'

const emulator = await createEmulator()
const url = await emulator.listen({ port: 0 })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
  const failures = []
  page.on('pageerror', error => failures.push(String(error)))
  page.on('requestfailed', request => failures.push(`${request.url()} ${request.failure()?.errorText}`))
  page.on('response', response => {
    if (response.status() >= 400) failures.push(`${response.url()} ${response.status()}`)
  })

  await page.goto(`${url}/docs`)
  await page.getByRole('button', { name: 'Authorize' }).first().click()
  const dialog = page.locator('.auth-container').first()
  await dialog.locator('button.authorize').click()
  await dialog.getByText('Logout').waitFor()
  await page.locator('.auth-btn-wrapper .btn-done').first().click()

  const operation = page.locator('#operations-Missing_KBs-getMissingKbsBySoftware')
  await operation.locator('.opblock-summary-control').click()
  const answered = page.waitForResponse(response => response.url().includes('/getmissingkbs'))
  await operation.getByRole('button', { name: 'Execute' }).click()
  const response = await answered
  await operation.locator('.live-responses-table .response-col_status').first().waitFor()
  if (process.argv[2] !== undefined) await page.screenshot({ path: process.argv[2] })

  const { value } = await response.json()
  const documented = value.find(({ id }) => id === '4540673')
  console.log(`${response.status()} ${new URL(response.url()).pathname}: ${JSON.stringify(documented)}`)
  for (const failure of failures) console.log(`failed: ${failure}`)
  if (response.status() !== 200 || documented?.machineMissedOn !== 240 || failures.length > 0) process.exitCode = 1
} finally {
  await browser.close()
  await emulator.close()
}
