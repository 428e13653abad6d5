// `npm run setup`: installs what is missing, and starts nothing.
import { prepare, preparePage, prepareProgram, runMain } from './bootstrap.mjs';

runMain(async () => {
  await prepare();
  await prepareProgram();
  await preparePage();
  return 0;
});
