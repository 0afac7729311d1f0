import { redirect, type ActionFunctionArgs } from '@remix-run/node'
import { askQuietly } from '../ask.server'

export const loader = () => redirect('/')

export async function action(args: ActionFunctionArgs) {
  await args.context.requireForm(args.request)
  await askQuietly(args, ({ account }, me) => account.logout(me))
  return redirect('/', { headers: { 'Set-Cookie': args.context.cookies.endSession() } })
}
