import { defineConfig } from 'vitest/config';

const STORES = ['test/stores/**/*.test.ts'];
const MYSQL = ['test/stores/mysql/**/*.test.ts'];
const FAULTS = ['test/{faults,e2e}/**/*.test.ts'];
const TEMPORAL = [
  'test/{temporal-server,workflows,activities,workers,client,api,cli}/**/*.test.ts',
  'test/**/*.temporal.test.ts',
];
const ELASTIC = ['test/stores/elastic/**/*.test.ts', 'test/**/*.elastic.test.ts'];
const ELASTIC_SETUP = './test/support/elastic-setup.ts';
const TEMPORAL_SETUP = './test/support/temporal-setup.ts';
const MYSQL_SETUP = './test/support/mariadb-setup.ts';

export default defineConfig({
  test: {
    // Threads crash in the workflow bundler's native compiler.
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...STORES, ...TEMPORAL, ...ELASTIC, ...FAULTS],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'stores',
          include: STORES,
          exclude: [...MYSQL, ...ELASTIC],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'mysql',
          include: MYSQL,
          globalSetup: MYSQL_SETUP,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'elastic',
          include: ELASTIC,
          exclude: FAULTS,
          globalSetup: [ELASTIC_SETUP, TEMPORAL_SETUP],
          setupFiles: './test/support/quiet-runtime.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'temporal',
          include: TEMPORAL,
          exclude: [...ELASTIC, ...FAULTS],
          globalSetup: TEMPORAL_SETUP,
          setupFiles: './test/support/quiet-runtime.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: FAULTS,
          globalSetup: [TEMPORAL_SETUP, ELASTIC_SETUP, MYSQL_SETUP],
          setupFiles: './test/support/quiet-runtime.ts',
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // They kill processes and measure how long recovery takes: one at a time, after everything else.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
