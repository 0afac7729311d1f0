import type { Said } from '../../../workflows/policy/said'
import { speaker } from '../../../workflows/policy/words/words'
import { useViewer } from './viewer'

/** Speaks what operations and workflows say, in the reader's language. */
export const useSay = (): ((said: Said) => string) => speaker(useViewer().language)

/** A field's error is a key of the words, a whole Said as JSON (ask.server.ts), or already words. */
export const useErrorText = (): ((error: string) => string) => {
  const say = useSay()
  return (error) => {
    if (error.startsWith('{')) {
      try {
        return say(JSON.parse(error) as Said)
      } catch {
        return error
      }
    }
    return /^[a-z][\w-]*(\.[\w-]+)+$/.test(error) ? say({ key: error }) : error
  }
}
