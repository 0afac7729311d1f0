import { de as accountAuth } from './account-auth.de'
import { de as account } from './account.de'
import { de as bank } from './bank.de'
import { de as billing } from './billing.de'
import { de as books } from './books.de'
import { de as collections } from './collections.de'
import { de as countries } from './countries.de'
import { de as desk } from './desk.de'
import { de as documents } from './documents.de'
import { de as dunning } from './dunning.de'
import { de as paying } from './paying.de'
import { de as sandbox } from './sandbox.de'
import { de as services } from './services.de'
import { de as shell } from './shell.de'
import { de as shop } from './shop.de'
import { learn } from './texts'

learn('de', {
  ...shell,
  ...shop,
  ...accountAuth,
  ...account,
  ...desk,
  ...documents,
  ...billing,
  ...dunning,
  ...books,
  ...services,
  ...bank,
  ...collections,
  ...paying,
  ...countries,
  ...sandbox,
})
