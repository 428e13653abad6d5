import { availableParallelism, loadavg } from 'node:os';

/** How many times longer things take than on a machine that has nothing else to do; 1 there. Whole, as times in milliseconds are. */
export const crowding = () => Math.max(1, Math.ceil(loadavg()[0]! / availableParallelism()));
