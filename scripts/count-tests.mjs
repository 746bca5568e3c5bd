import { readdirSync, readFileSync } from 'node:fs';

/**
 * Prints CI's last line and decides its exit code. A run of vitest that crashed, a file that never ran and a skipped
 * test are failures, so that nothing is green without having been run.
 */
const [, , resultsFile = '', exitCode = '1', failedSteps = '0'] = process.argv;
const results = readResults();
const remarks = results === undefined ? ['vitest left no results'] : remarksOn(results);
for (const remark of remarks) console.error(`== FAILED: ${remark}`);

const passed = results?.numPassedTests ?? 0;
const failed = (results?.numFailedTests ?? 0) + skippedIn(results) + Number(failedSteps) + remarks.length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch (error) {
    console.error(String(error));
    return undefined;
  }
}

function remarksOn(run) {
  const files = readdirSync('test', { recursive: true }).filter((file) => String(file).endsWith('.test.ts'));
  const ran = new Set(run.testResults.map(({ name }) => name)).size;
  const skipped = skippedIn(run);
  // Each skipped and each failed test is counted by itself; these are what such a count would miss.
  if (skipped > 0) console.error(`== ${skipped} skipped tests, counted as failed`);
  return [
    ...(ran < files.length ? [`${files.length - ran} of ${files.length} test files did not run`] : []),
    ...(run.numPassedTests === 0 ? ['no test passed'] : []),
    ...(exitCode !== '0' && run.numFailedTests === 0 ? [`vitest ended with ${exitCode}`] : []),
    ...(!run.success && exitCode === '0' ? ['vitest says that the run was no success'] : []),
  ];
}

function skippedIn(run) {
  return run === undefined ? 0 : run.numPendingTests + run.numTodoTests;
}
