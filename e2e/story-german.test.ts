import { desktop } from './person'
import { story } from './story'

story({ language: 'de', screen: desktop, kind: 'individual' })
