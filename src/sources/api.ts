import { webConnector } from './file-download.ts';

export const connector = webConnector('api');
