// `npm start`: installs what is missing, then serves a project: npm start -- --project DIR
import { prepare, preparePage, prepareProgram } from './bootstrap.mjs';
import { INSTALLATION } from './installation.mjs';
import { runMain, runProgram } from './run-main.mjs';

runMain(async () => {
  await prepare();
  await prepareProgram();
  await preparePage();
  return runProgram(`${INSTALLATION}/bin/lifecycle`, ['airflow', 'start', '--demo', ...process.argv.slice(2)]);
});
