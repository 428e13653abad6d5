import { provideFunctions } from '../../engine/functions.ts';

provideFunctions('lifecycle_shape_', async () => (await import('./functions.ts')).shapeFunctions());
