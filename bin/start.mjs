// `npm start`: installs what is missing, then serves a project: npm start -- --project DIR
import { INSTALLATION, prepare, preparePage, prepareProgram, runMain, runProgram } from './bootstrap.mjs';

runMain(async () => {
  await prepare();
  await prepareProgram();
  await preparePage();
  return runProgram(`${INSTALLATION}/bin/lifecycle`, ['airflow', 'start', '--demo', ...process.argv.slice(2)]);
});
