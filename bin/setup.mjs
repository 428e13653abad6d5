// `npm run setup`: installs what is missing, and starts nothing.
import { prepare, runMain } from './bootstrap.mjs';

runMain(async () => {
  await prepare();
  return 0;
});
