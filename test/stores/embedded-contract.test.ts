import { openEmbedded } from './embedded-store.ts';
import { describeIntentLog } from './intent-log.contract.ts';
import { describeLedger } from './ledger.contract.ts';
import { describeProfileStore } from './profile-store.contract.ts';

describeProfileStore('the embedded store', openEmbedded);
describeLedger('the embedded store', openEmbedded);
describeIntentLog('the embedded store', openEmbedded);
