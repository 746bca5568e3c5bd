import { expect, test, vi } from 'vitest';
import { connectStrata, UserError } from '../src/client.ts';
import { describeWithTemporal, sharedServer } from './support/temporal.ts';

describeWithTemporal('connectStrata', () => {
  test('tells a namespace that the server does not have from a server that is away', async () => {
    vi.stubEnv('TEMPORAL_ADDRESS', sharedServer().address);
    vi.stubEnv('TEMPORAL_NAMESPACE', 'elsewhere');

    const connecting = connectStrata().finally(() => vi.unstubAllEnvs());

    await expect(connecting).rejects.toBeInstanceOf(UserError);
    await expect(connecting).rejects.toThrow(
      `the Temporal server at ${sharedServer().address} has no namespace elsewhere`,
    );
  });
});
