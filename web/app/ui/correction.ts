import { z } from 'zod'
import { Contact } from '../../../workflows/policy/people'

const OtherAnswers = z.object({
  itemId: z.string().max(100),
  holderContactId: z.string().optional(),
  extra: z.record(z.string(), z.string()).default({}),
})
const OtherHolder = OtherAnswers.extend({ holder: Contact })

/** The schema of a sent correction: the holder's data count only when no other contact was chosen instead. */
export const correctionOf = (form: FormData) =>
  form.has('withHolder') && !form.get('holderContactId') ? OtherHolder : OtherAnswers
