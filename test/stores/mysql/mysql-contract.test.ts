import { describeIntentLog } from '../intent-log.contract.ts';
import { describeLedger } from '../ledger.contract.ts';
import { describeWithMariaDb } from '../../support/mysql.ts';
import { openMysqlLedger } from './mysql-store.ts';

describeWithMariaDb('on a real MariaDB', () => {
  describeLedger('the MySQL ledger', openMysqlLedger);
  describeIntentLog('the MySQL intent log', openMysqlLedger);
});
