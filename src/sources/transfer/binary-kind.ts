interface Kind {
  noun: string;
  /** Hexadecimal digits. */
  mark: string;
  at?: number;
  /** No text begins like this, and no packed one. */
  isNeverText?: true;
}

/** Kinds of files that come in place of others, by the marks that they begin with. */
const KINDS: readonly Kind[] = [
  { noun: 'a 7z archive', mark: '377abcaf271c', isNeverText: true },
  { noun: 'a rar archive', mark: '526172211a07', isNeverText: true },
  { noun: 'a tar archive', mark: '7573746172', at: 257 },
  { noun: 'a zip archive', mark: '504b0304' },
  { noun: 'a gzip file', mark: '1f8b08' },
  { noun: 'a bzip2 file', mark: '425a68' },
  { noun: 'an xz file', mark: 'fd377a585a00' },
  { noun: 'a zstd file', mark: '28b52ffd' },
  { noun: 'a PDF document', mark: '255044462d', isNeverText: true },
  { noun: 'an Office document of Excel 97 or its kin', mark: 'd0cf11e0a1b11ae1', isNeverText: true },
  { noun: 'a parquet file', mark: '50415231' },
  { noun: 'an SQLite database', mark: '53514c69746520666f726d6174203300', isNeverText: true },
  { noun: 'a picture', mark: '89504e470d0a1a0a', isNeverText: true },
  { noun: 'a picture', mark: 'ffd8ff', isNeverText: true },
  { noun: 'a picture', mark: '474946383961', isNeverText: true },
];

/** What a file is by its first bytes, as far as that is known. */
export function binaryKind(bytes: Buffer): Pick<Kind, 'noun' | 'isNeverText'> | undefined {
  return KINDS.find(({ mark, at = 0 }) => bytes.toString('hex', at, at + mark.length / 2) === mark);
}
