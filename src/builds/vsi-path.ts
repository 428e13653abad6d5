/** GDAL reads inside a zip through a prefix; a geodatabase in a zip it opens by itself. */
export function vsiPath(file: string): string {
  const name = file.toLowerCase();
  return name.endsWith('.zip') && !name.endsWith('.gdb.zip') ? `/vsizip/${file}` : file;
}
