import type { Activities } from '../workflows/activity-types'
import { createAccountDecisionActivities } from './account-decisions'
import { createBankActivities } from './bank'
import { createBillingActivities } from './billing'
import { createAutoPayActivities } from './auto-pay'
import { createCorrectionActivities } from './corrections'
import { createCollectionActivities, createCollectionStartActivities } from './collection'
import { createDunningActivities } from './dunning'
import { createInvariantActivities } from './invariants'
import { createPayingActivities } from './paying'
import { createPaymentActivities } from './payments'
import { createRecordActivities } from './record'
import { createRegisterActivities } from './registers'
import { createRegistryActivities } from './registry'
import { createReturningActivities } from './returning'
import { createTestClockActivities } from './test-clock'
import type { World } from './world'

export const createActivities = (world: World): Activities => ({
  ...createRecordActivities(world),
  ...createRegistryActivities(world),
  ...createPaymentActivities(world),
  ...createPayingActivities(world),
  ...createReturningActivities(world),
  ...createBillingActivities(world),
  ...createBankActivities(world),
  ...createCollectionActivities(world),
  ...createCollectionStartActivities(world),
  ...createAutoPayActivities(world),
  ...createDunningActivities(world),
  ...createCorrectionActivities(world),
  ...createAccountDecisionActivities(world),
  ...createRegisterActivities(world),
  ...createInvariantActivities(world),
  ...createTestClockActivities(world),
})
