import { redirect, type ActionFunctionArgs } from '@remix-run/node'
import { askQuietly, safeNext } from '../ask.server'

/** Nothing to see here: who lands on it goes home. */
export const loader = () => redirect('/')

/** The reader's language, in a cookie and, for who is logged in, with the login. */
export async function action(args: ActionFunctionArgs) {
  const form = await args.context.requireForm(args.request)
  const language = form.get('language') === 'en' ? 'en' : 'de'
  // the cookie counts even where the record can't be reached
  if (args.context.principal.kind !== 'visitor')
    await askQuietly(args, ({ account }, me) => account.setLanguage(me, { language }))
  return redirect(safeNext(form.get('next'), '/'), { headers: { 'Set-Cookie': args.context.cookies.keepLanguage(language) } })
}
