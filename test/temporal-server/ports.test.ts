import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, untilFree } from '../../src/temporal-server/ports.ts';

test('a port that a dying process still holds is waited for', async () => {
  const port = await freePort();
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');

  expect(await untilFree(port, 0)).toBe(false);
  const free = untilFree(port, 10_000);
  holder.close();

  expect(await free).toBe(true);
});
