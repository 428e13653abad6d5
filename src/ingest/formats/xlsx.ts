import { open } from 'node:fs/promises';
import path from 'node:path';
import { readZip, type ZipFiles } from '../../archive/archive.ts';
import { LifecycleError } from '../../errors.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { soleMember } from './members.ts';
import { RowFile } from './row-file.ts';
import { readLegacyRows } from './workbook/legacy-xls.ts';
import { chooseSheet, type WorkbookParts, workbookParts } from './workbook/package.ts';
import { readSharedStrings } from './workbook/shared-strings.ts';
import { readRows } from './workbook/sheet-rows.ts';
import { type Dtype, SheetTable } from './workbook/sheet-table.ts';
import { readStyles } from './workbook/styles.ts';

/**
 * Reads one sheet of a workbook. What the file is shows in its first bytes, whatever it is called: a zip is a workbook
 * of today (.xlsx, .xlsm) or holds one, a compound file is one of Excel 97–2003.
 */
export async function read(file: string, format: FormatArguments<'xlsx'>, context: FormatContext): Promise<Relation> {
  const rows = await RowFile.create(context);
  const table = new SheetTable(rows, (format.dtype ?? {}) as Dtype, context.bounds);
  try {
    await readInto(table, rows, file, format.sheet_name, context);
  } finally {
    await rows.close();
  }
  return table.relation(context.engine);
}

async function readInto(
  table: SheetTable,
  rows: RowFile,
  file: string,
  wanted: unknown,
  context: FormatContext,
): Promise<void> {
  const kind = await kindOf(file);
  if (kind === 'legacy') {
    await readLegacyRows(file, wanted, {
      take: (row, cells) => table.take(row, cells),
      async pause() {
        context.signal.throwIfAborted();
        await rows.flush();
      },
    });
    return;
  }
  const fill = async (files: ZipFiles) => {
    const parts = await workbookParts(files);
    if (parts) await readWorkbook(table, rows, files, parts, wanted, context);
    return parts !== undefined;
  };
  const isWorkbook = await readZip(file, fill, context.limits);
  if (isWorkbook) return;
  if (!file.toLowerCase().endsWith('.zip')) throw notAWorkbook('it is a zip archive of something else');
  const member = await soleMember(file, context);
  if (member.toLowerCase().endsWith('.zip')) throw notAWorkbook('it is a zip archive within a zip archive');
  await readInto(table, rows, member, wanted, context);
}

async function readWorkbook(
  table: SheetTable,
  rows: RowFile,
  files: ZipFiles,
  parts: WorkbookParts,
  wanted: unknown,
  context: FormatContext,
): Promise<void> {
  const sheet = chooseSheet(parts.sheets, wanted);
  const sharedStrings = await readSharedStrings(files, parts.sharedStrings);
  const styles = await readStyles(files, parts.styles);
  const total = files.members.find(({ name }) => name === sheet.part)?.bytes;
  let done = 0;
  await readRows(
    files,
    sheet,
    { sharedStrings, styles, from1904: parts.from1904 },
    {
      take: (row, cells) => table.take(row, cells),
      async pause(bytes) {
        context.signal.throwIfAborted();
        done += bytes;
        context.reporter.progress(`read sheet ${sheet.name}`, done, total);
        await rows.flush();
      },
    },
  );
}

const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Beginnings of a stream of Excel 2, 3 and 4. */
const OLD_STREAMS = ['0900', '0902', '0904'].map((hex) => Buffer.from(hex, 'hex'));

async function kindOf(file: string): Promise<'zip' | 'legacy'> {
  const handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0).finally(() => handle.close());
  const start = buffer.subarray(0, bytesRead);
  const begins = (...signatures: Buffer[]) => signatures.some((signature) => start.indexOf(signature) === 0);
  if (bytesRead === 0) {
    throw new LifecycleError('ING_EMPTY_FILE', `${path.basename(file)} is empty`, {
      hint: 'look at what the source answers',
    });
  }
  if (begins(Buffer.from('PK'))) return 'zip';
  if (begins(COMPOUND_FILE, ...OLD_STREAMS)) return 'legacy';
  throw notAWorkbook(
    /^\s*</u.test(start.toString('latin1'))
      ? 'it begins like a page of HTML or XML'
      : `it begins with ${JSON.stringify(start.toString('latin1'))}`,
  );
}

function notAWorkbook(what: string): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file is no workbook: ${what}`, {
    hint: 'look at what the source answers; some call a CSV or HTML file .xls: then set `type` to csv or html',
  });
}
