import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Once per test file, before any worker: what the SDK says at INFO is noise between test results. */
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
});
