import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { UserError } from '../../src/domain/errors.ts';
import { planDefinitions } from '../../src/schedules/apply.ts';

const OPTIONS = { environment: 'test', window: 1, author: 'test', owner: null, prune: false };

test('a folder that Temporal could not carry is refused before it is sent, with its largest file', async () => {
  const comment = `# ${'x'.repeat(100_000)}\n`;
  const sources = Array.from({ length: 21 }, (_, index) => ({
    file: `s${index}.yaml`,
    content: `id: s${index}\nkind: live\ncondition: profile@a == 1\n${index === 7 ? '#\n' : ''}${comment}`,
  }));

  const planning = planDefinitions({} as Client, sources, OPTIONS);

  await expect(planning).rejects.toBeInstanceOf(UserError);
  await expect(planning).rejects.toThrow(
    /one apply carries 2,000,000 through Temporal.*largest file is s7\.yaml/,
  );
});
