import type { Principal, RightName, Section, StaffRoleName } from './types'

/** Sections a customer's login can hold; what else there is belongs to the desk. */
export const customerSections = ['orders', 'names', 'invoices', 'contacts', 'users'] as const satisfies Section[]

/** What the first login of a customer is granted at sign-up. A sub-user holds what it was granted, and nothing besides. */
export const ownerGrants: { section: Section; right: 'EDIT' }[] = customerSections.map((section) => ({ section, right: 'EDIT' }))

/** What a role may do without a grant of its own; a Grant row of the same section takes its place. */
export const roleRights: Record<StaffRoleName, Partial<Record<Section, RightName>>> = {
  clearing: { clearing: 'edit', orders: 'see', customers: 'see', cases: 'see', contacts: 'see' },
  accounting: { invoices: 'edit', books: 'edit', orders: 'see', customers: 'see', cases: 'see' },
  support: {
    orders: 'edit',
    customers: 'edit',
    contacts: 'edit',
    names: 'see',
    invoices: 'see',
    cases: 'see',
    deliveries: 'see',
  },
  operator: {
    cases: 'edit',
    orders: 'edit',
    deliveries: 'edit',
    sandbox: 'edit',
    names: 'see',
    customers: 'see',
    clearing: 'see',
    catalogue: 'see',
  },
  admin: {
    orders: 'edit',
    names: 'edit',
    invoices: 'edit',
    contacts: 'edit',
    users: 'edit',
    clearing: 'edit',
    cases: 'edit',
    customers: 'edit',
    catalogue: 'edit',
    books: 'edit',
    deliveries: 'edit',
    audit: 'see',
    sandbox: 'edit',
  },
}

const isCustomerSection = (section: string): section is (typeof customerSections)[number] =>
  (customerSections as readonly string[]).includes(section)

/** Rights as they stand now, from role and grants. A customer's login can't be granted a section of the desk. */
export function rightsOf(
  staffRole: StaffRoleName | undefined,
  grants: { section: string; right: string }[],
): Partial<Record<Section, RightName>> {
  const rights: Partial<Record<Section, RightName>> = staffRole ? { ...roleRights[staffRole] } : {}
  for (const { section, right } of grants) {
    if (staffRole ? !(section in roleRights.admin) : !isCustomerSection(section)) continue
    rights[section as Section] = right === 'EDIT' ? 'edit' : 'see'
  }
  return rights
}

export const mayEdit = ({ rights }: Pick<Principal, 'rights'>, section: Section): boolean => rights[section] === 'edit'
