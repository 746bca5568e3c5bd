import { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import { registerSearchAttributes } from '../../src/temporal-server/search-attributes.ts';
import { describeWithTemporal, sharedServer } from '../support/temporal.ts';

describeWithTemporal('search attributes', () => {
  test('what was registered can be queried at once, and registering again changes nothing', async () => {
    const connection = await Connection.connect({ address: sharedServer().address });
    const attributes = { RegisterKeyword: 'Keyword', RegisterAt: 'Datetime' } as const;

    await registerSearchAttributes(connection, 'default', attributes);
    await registerSearchAttributes(connection, 'default', attributes);

    const query = `RegisterKeyword = 'x' AND RegisterAt > '2026-11-08T09:00:00Z'`;
    const answer = await connection.workflowService.countWorkflowExecutions({ namespace: 'default', query });
    expect(Number(answer.count)).toBe(0);
    await connection.close();
  });

  test('two callers that register at the same time both succeed', async () => {
    const connection = await Connection.connect({ address: sharedServer().address });
    const attributes = { RegisterTogether: 'Keyword' } as const;

    const both = [1, 2].map(() => registerSearchAttributes(connection, 'default', attributes));

    await expect(Promise.all(both)).resolves.toHaveLength(2);
    await connection.close();
  });

  test('a name that is there with another type is refused with both types', async () => {
    const connection = await Connection.connect({ address: sharedServer().address });
    await registerSearchAttributes(connection, 'default', { RegisterTyped: 'Keyword' });

    const again = registerSearchAttributes(connection, 'default', { RegisterTyped: 'Int' });

    await expect(again).rejects.toThrow(UserError);
    await expect(again).rejects.toThrow(/RegisterTyped is of type Keyword, and Strata needs Int/);
    await connection.close();
  });

  test('an unknown namespace is named', async () => {
    const connection = await Connection.connect({ address: sharedServer().address });

    const registering = registerSearchAttributes(connection, 'nowhere', { RegisterNowhere: 'Keyword' });

    await expect(registering).rejects.toThrow(/no namespace nowhere/);
    await connection.close();
  });
});
