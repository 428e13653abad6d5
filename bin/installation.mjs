// Where this program is installed. Must run on Node 18.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const INSTALLATION = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const inInstallation = (...parts) => path.join(INSTALLATION, ...parts);
