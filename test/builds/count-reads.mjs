/** Preload (`node --import`) that writes the path of every file which is read as a whole into the file READS_LOG. */
import { appendFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const promises = createRequire(import.meta.url)('node:fs/promises');
const { readFile } = promises;
promises.readFile = (file, ...rest) => {
  appendFileSync(process.env.READS_LOG, `${file}\n`);
  return readFile(file, ...rest);
};
syncBuiltinESMExports();
