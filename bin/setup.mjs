// `npm run setup`: installs what is missing, and starts nothing.
import { prepare, preparePage, runMain } from './bootstrap.mjs';

runMain(async () => {
  await prepare();
  await preparePage();
  return 0;
});
