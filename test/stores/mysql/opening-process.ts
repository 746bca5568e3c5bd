/** Opens the ledger of MYSQL_URL as a worker's start does, and says which it is. */
import { readConfig } from '../../../src/config.ts';
import { openSharedLedger } from '../../../src/workers/open-ledger.ts';

const config = readConfig(process.env);
const shared = await openSharedLedger(config, config.MYSQL_URL ?? '');
process.stdout.write(shared.identity);
await shared.close();
