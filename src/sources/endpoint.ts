import { endpointIn } from '../settings/values.ts';
import type { SourceContext } from './source.ts';

/**
 * The base address of a service. `LIFECYCLE_ENDPOINT_<NAME>` puts a mirror or a test server in the place of the real
 * one; paths stay as they are.
 */
export function endpoint(name: string, usual: string, context: SourceContext): string {
  return (endpointIn(context.settings.env, name) ?? usual).replace(/\/+$/, '');
}
