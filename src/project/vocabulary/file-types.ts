import path from 'node:path';

/** What a file of a recipe's input may be, and how it is called wherever one is kept. */
interface FileTypeDeclaration {
  /** Of what this program keeps; null where the type says nothing of the name. */
  ending: string | null;
  /** Of what tools have put into archives; the first that is there counts. */
  archivedEndings: readonly string[];
  /** Of what is asked of an archive that has not said what it holds. */
  usualEnding: string;
  /** Whether an archive of datasets tells the type by the ending. */
  isToldApart: boolean;
}

const plain = (ending: string, isToldApart: boolean): FileTypeDeclaration => ({
  ending,
  archivedEndings: [ending],
  usualEnding: ending,
  isToldApart,
});

/** In the order in which types are named and looked for. */
export const FILE_TYPES = {
  pg_dump: plain('sql', true),
  csv: plain('csv', true),
  parquet: plain('parquet', true),
  xlsx: plain('xlsx', true),
  json: plain('json', false),
  // A shapefile is of use only with the files beside it, so in a zip; the department's tools name the one file.
  shapefile: {
    ending: 'shp.zip',
    archivedEndings: ['shp.zip', 'zip', 'shp'],
    usualEnding: 'shp',
    isToldApart: false,
  },
  gdb: plain('gdb.zip', false),
  Other: { ending: null, archivedEndings: ['dat'], usualEnding: 'dat', isToldApart: false },
} as const satisfies Readonly<Record<string, FileTypeDeclaration>>;

export type FileType = keyof typeof FILE_TYPES;
export const FILE_TYPE_NAMES = Object.keys(FILE_TYPES) as readonly FileType[];

/** The type of a file that is kept here, by its name. */
export function fileTypeOf(file: string): FileType | null {
  const name = file.toLowerCase();
  return (
    FILE_TYPE_NAMES.find((type) => FILE_TYPES[type].ending && name.endsWith(`.${FILE_TYPES[type].ending}`)) ?? null
  );
}

/** The types that an archive of datasets tells apart, of which it has a file among these. */
export function archivedFileTypes(files: readonly string[]): FileType[] {
  return FILE_TYPE_NAMES.filter((type) => {
    const { isToldApart, ending } = FILE_TYPES[type];
    return isToldApart && files.some((file) => path.extname(file) === `.${ending}`);
  });
}
