/** Orders of the demo house come about by running the workflows. */
export async function seedOrders(_environment: NodeJS.ProcessEnv): Promise<void> {}
