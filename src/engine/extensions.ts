import { readdirSync } from 'node:fs';
import path from 'node:path';

export type ExtensionName = 'spatial' | 'excel' | 'httpfs' | 'postgres_scanner';

/**
 * The signed extension file that the Python environment carries in a package of its own
 * (`duckdb-extension-spatial` and so on); it loads without a network. Undefined where it is not installed.
 *
 * @param duckdbVersion as `version()` says it, such as `v1.5.5`: an extension fits exactly one version
 */
export function extensionFile(venvDir: string, name: ExtensionName, duckdbVersion: string): string | undefined {
  const lib = path.join(venvDir, 'lib');
  let pythons: string[];
  try {
    pythons = readdirSync(lib).filter((entry) => entry.startsWith('python'));
  } catch {
    return undefined;
  }
  for (const python of pythons) {
    const dir = path.join(lib, python, 'site-packages', `duckdb_extension_${name}`, 'extensions', duckdbVersion);
    try {
      const file = readdirSync(dir).find((entry) => entry === `${name}.duckdb_extension`);
      if (file) return path.join(dir, file);
    } catch {
      // Not in this Python's packages: try the next.
    }
  }
  return undefined;
}

/** Whether the Python environment carries extensions for this DuckDB at all. */
export function hasExtensions(venvDir: string, duckdbVersion: string): boolean {
  return extensionFile(venvDir, 'spatial', duckdbVersion) !== undefined;
}
