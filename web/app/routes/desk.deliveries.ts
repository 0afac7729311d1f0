import { redirectDocument } from '@remix-run/node'

/** The section's own page is the queue board, which is served beside the pages. */
export const loader = () => redirectDocument('/desk/queues')
