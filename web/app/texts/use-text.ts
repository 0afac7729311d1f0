import { useViewer } from '../ui/viewer'
import { textIn, type Text } from './texts'

/** The page's own words in the reader's language. */
export const useText = (): Text => textIn(useViewer().language)
