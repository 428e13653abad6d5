import path from 'node:path';
import type { ZipFiles } from '../../../archive/archive.ts';
import { LifecycleError } from '../../../errors.ts';
import { attribute, readXml } from './xml.ts';

export interface Sheet {
  /** As its tab says it. */
  name: string;
  /** The file within the workbook. */
  part: string;
}

/** Where the parts of an Office Open XML workbook are. */
export interface WorkbookParts {
  /** In the order of the tabs, hidden ones too, without charts. */
  sheets: Sheet[];
  sharedStrings: string | undefined;
  styles: string | undefined;
  /** Days are counted from 1904, as in workbooks made on old Macintoshes. */
  from1904: boolean;
}

interface Relation {
  id: string;
  type: string;
  target: string;
}

const HINT = 'save it as .xlsx';

/**
 * Finds the parts; undefined for a zip that is no office document at all.
 * @throws LifecycleError ING_BAD_FILE for one of another kind
 */
export async function workbookParts(files: ZipFiles): Promise<WorkbookParts | undefined> {
  const find = partFinder(files);
  const main = (await relations(files, find, '')).find(({ type }) => type.endsWith('/officeDocument'))?.target;
  const workbook = find(main ?? 'xl/workbook.xml') ?? find('xl/workbook.xml');
  if (workbook === undefined || !/\.xml$/iu.test(workbook)) {
    if (workbook ?? find('xl/workbook.bin')) throw otherKind('a binary workbook (.xlsb)');
    if (find('content.xml')) throw otherKind('an OpenDocument file (.ods)');
    return undefined;
  }
  const related = await relations(files, find, workbook);
  const byId = new Map(related.map((relation) => [relation.id, relation]));
  const sheets: Sheet[] = [];
  let from1904 = false;
  await readXml(files.read(workbook), workbook, {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = ['1', 'true', 'on'].includes(attribute(attributes, 'date1904') ?? '');
      if (name !== 'sheet') return;
      const relation = byId.get(attribute(attributes, 'id') ?? '');
      const part = relation && find(relation.target);
      if (part && !relation.type.endsWith('/chartsheet')) sheets.push({ name: attributes.name ?? '', part });
    },
  });
  const partOf = (type: string, usual: string) =>
    find(related.find((relation) => relation.type.endsWith(type))?.target ?? usual);
  return {
    sheets,
    from1904,
    sharedStrings: partOf('/sharedStrings', 'xl/sharedStrings.xml'),
    styles: partOf('/styles', 'xl/styles.xml'),
  };
}

type FindPart = (name: string) => string | undefined;

/** The member of a part's name; the names of parts ignore case. */
function partFinder({ members }: ZipFiles): FindPart {
  const names = new Map(members.map(({ name }) => [name.toLowerCase(), name]));
  return (name) => names.get(name.toLowerCase());
}

/** What a part refers to, targets as names of members. @param part '' for the package itself */
async function relations(files: ZipFiles, find: FindPart, part: string): Promise<Relation[]> {
  const folder = path.posix.dirname(part);
  const file = find(path.posix.join(folder, '_rels', `${path.posix.basename(part)}.rels`));
  if (file === undefined) return [];
  const found: Relation[] = [];
  await readXml(files.read(file), file, {
    open(name, { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode }) {
      if (name !== 'Relationship' || mode === 'External') return;
      found.push({ id, type, target: path.posix.join('/', target.startsWith('/') ? '' : folder, target).slice(1) });
    },
  });
  return found;
}

function otherKind(what: string): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file is ${what}, which is not read`, { hint: HINT });
}

/**
 * A sheet by its name or by its number from 0; a negative number counts from the end.
 * @throws LifecycleError ING_FILE_NOT_FOUND
 */
export function chooseSheet<T extends { name: string }>(sheets: readonly T[], wanted: unknown): T {
  const sheet = typeof wanted === 'number' ? sheets.at(wanted) : sheets.find(({ name }) => name === wanted);
  if (sheet) return sheet;
  const names = sheets.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new LifecycleError('ING_FILE_NOT_FOUND', `the workbook has no sheet ${JSON.stringify(wanted)}`, {
    hint: names === '' ? 'it has no sheets at all' : `its sheets are ${names}`,
  });
}
