// `npm run setup`: installs what is missing, and starts nothing.
import { prepare, preparePage, prepareProgram } from './bootstrap.mjs';
import { runMain } from './run-main.mjs';

runMain(async () => {
  await prepare();
  await prepareProgram();
  await preparePage();
  return 0;
});
