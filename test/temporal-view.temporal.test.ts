import { Client, Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { createTemporalView } from '../src/temporal-view.ts';
import { describeWithTemporal, sharedServer } from './support/temporal.ts';

describeWithTemporal('a Temporal server that answers with a refusal', () => {
  test('is not taken for one that is away', async () => {
    const connection = await Connection.connect({ address: sharedServer().address });
    const view = createTemporalView(new Client({ connection, namespace: 'nobody-made-it' }), 'default');
    try {
      await expect(view.endOf({ runId: 'live/x', workflowId: 'default/live/x' })).rejects.toThrow(
        'nobody-made-it',
      );
      await expect(view.pausedSchedules()).rejects.toThrow();
    } finally {
      await connection.close();
    }
  });
});
