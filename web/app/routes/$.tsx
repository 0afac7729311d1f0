import { data } from '@remix-run/node'

/** Whatever no other route knows. */
export const loader = () => {
  throw data(null, { status: 404 })
}

export default function Nowhere() {
  return null
}
