import { LifecycleError } from '../../errors.ts';

/**
 * Runs a write into the destination, whose failures are those of this machine and not of the source.
 * @throws LifecycleError STO_WRITE_FAILED
 */
export async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new LifecycleError('STO_WRITE_FAILED', 'the raw file could not be written', {
      hint: 'see the cause: free space, permissions, a read-only file system',
      cause: error,
    });
  }
}
