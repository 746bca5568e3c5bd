import { expect, test } from 'vitest';
import { sayIfNobodyWorks } from '../../src/cli/missing-worker.ts';
import { createGate } from '../support/gate.ts';
import { startInProcess } from '../support/in-process.ts';
import { describeWithTemporal } from '../support/temporal.ts';

describeWithTemporal('definitions that are applied while nobody works on workflows', () => {
  test('are waited for with a word on what is missing, and published as soon as somebody does', async () => {
    const strata = await startInProcess({ roles: ['profiles'] });
    const { client, environment } = strata;
    const lines: string[] = [];
    const said = createGate();
    const report = (line: string): void => {
      lines.push(line);
      said.open();
    };

    const applying = sayIfNobodyWorks({ client, environment, report }, () =>
      strata.apply([{ file: 'low.yaml', content: 'id: low\nkind: live\ncondition: profile@rank < 4\n' }]),
    );
    await said.wait();
    await strata.work(['workflows']);

    expect((await applying).published.changed).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(
        `^waiting: no worker polls the task queue "${environment}/strata": start one with \`strata up\``,
      ),
    ]);
    await strata.stop();
  });
});
