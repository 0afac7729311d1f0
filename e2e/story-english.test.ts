import { phone } from './person'
import { story } from './story'

story({ language: 'en', screen: phone, kind: 'corporate' })
