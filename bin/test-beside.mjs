// `npm run test:next` and `npm run test:cluster`: tests that need other Python packages than `.venv` holds.
import { prepareBeside } from './bootstrap.mjs';
import { INSTALLATION } from './installation.mjs';
import { runMain, runProgram } from './run-main.mjs';

const RUNS = {
  // The end-to-end test on the Airflow that comes next.
  next: {
    locks: ['requirements-next.lock'],
    files: ['test/airflow/e2e.test.ts', 'test/airflow/command.test.ts', 'test/airflow/dags.test.ts'],
  },
  // CeleryExecutor, Redis, two workers.
  cluster: { locks: ['requirements.lock', 'requirements-cluster.lock'], files: ['test/airflow/cluster.test.ts'] },
};

runMain(async () => {
  const name = process.argv[2];
  const { locks, files } = RUNS[name];
  const venv = await prepareBeside(name, locks);
  return runProgram(process.execPath, [`${INSTALLATION}/bin/test.mjs`, ...files], { LIFECYCLE_VENV: venv });
});
