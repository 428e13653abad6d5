import { beyondLimit, type ReadLimits } from './limits.ts';

/** What is looked at of a node of a parsed page. */
export interface PageNode {
  type: string;
  name?: string;
  attribs?: Readonly<Record<string, string>>;
  data?: string;
  children?: readonly PageNode[];
}

export interface PageCell {
  isHeader: boolean;
  /** Pieces of its text, what stands in tables within it too. */
  text: string[];
  /** How many columns and rows it spans. */
  columns: number;
  rows: number;
}

interface PageRow {
  section: 'head' | 'body' | 'foot';
  cells: PageCell[];
}

interface PageTable {
  /** Not the node, which would keep all others. */
  attributes: NonNullable<PageNode['attribs']>;
  /** As they are written, without those of tables within it. */
  rows: PageRow[];
  /** All its text, where it was asked for. */
  text: string[];
}

const SECTIONS: Readonly<Record<string, PageRow['section']>> = { thead: 'head', tfoot: 'foot' };

/** What lies around a node, from the outside. */
interface Around {
  table?: PageTable | undefined;
  /** Of `table`. */
  row?: PageRow | undefined;
  section: PageRow['section'];
  /** What takes text: the cells, and the tables where that was asked for. */
  takers: readonly string[][];
  tables: number;
}

/**
 * The tables of a page in one walk over its nodes, without a call within a call: pages may be deep.
 *
 * @throws LifecycleError ING_LIMIT for tables too deep within each other
 */
export function findTables(root: PageNode, bounds: ReadLimits, withText: boolean, withHidden = false): PageTable[] {
  const found: PageTable[] = [];
  const waiting: { node: PageNode; parent: PageNode | undefined; around: Around }[] = [
    { node: root, parent: undefined, around: { section: 'body', takers: [], tables: 0 } },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, parent } = next;
    let { around } = next;
    if (node.type === 'text' || node.name === 'br') {
      for (const text of around.takers) text.push(node.name === 'br' ? '\n' : (node.data ?? ''));
      continue;
    }
    if (node.type === 'comment' || node.name === 'style' || (isHidden(node) && !withHidden)) continue;
    if (node.name === 'table') {
      const table: PageTable = { attributes: node.attribs ?? {}, rows: [], text: [] };
      found.push(table);
      const takers = withText ? [...around.takers, table.text] : around.takers;
      around = { table, section: 'body', takers, tables: around.tables + 1 };
      if (around.tables > bounds.nesting)
        throw beyondLimit(bounds, 'nesting', 'the page has tables within each other, more than', 'deep');
    } else if (node.name === 'thead' || node.name === 'tbody' || node.name === 'tfoot') {
      around = { ...around, section: SECTIONS[node.name] ?? 'body' };
    } else if (node.name === 'tr' && around.table) {
      const row: PageRow = { section: around.section, cells: [] };
      around.table.rows.push(row);
      around = { ...around, row };
    } else if ((node.name === 'td' || node.name === 'th') && parent?.name === 'tr' && around.row) {
      const cell = cellOf(node);
      around.row.cells.push(cell);
      if (takeTexts(node, [...around.takers, cell.text])) continue;
      around = { ...around, takers: [...around.takers, cell.text] };
    }
    const children = node.children ?? [];
    for (let i = children.length - 1; i >= 0; i--) waiting.push({ node: children[i]!, parent: node, around });
  }
  return found;
}

/** What most cells hold. Answers whether there was nothing but texts, which are taken then. */
function takeTexts({ children = [] }: PageNode, takers: readonly string[][]): boolean {
  if (!children.every(({ type }) => type === 'text')) return false;
  for (const taker of takers) for (const { data } of children) taker.push(data ?? '');
  return true;
}

function cellOf(node: PageNode): PageCell {
  const span = (name: string) => Math.max(1, Math.trunc(Number(node.attribs?.[name]) || 1));
  return { isHeader: node.name === 'th', text: [], columns: span('colspan'), rows: span('rowspan') };
}

function isHidden({ attribs }: PageNode): boolean {
  return (attribs?.style ?? '').replaceAll(' ', '').includes('display:none');
}
