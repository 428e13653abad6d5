import type { StagedColumn } from '../staged/column.ts';

const POINT = 1;
const LINE = 3;
const POLYGON = 5;
const POINT_BYTES = 16;
/** Of a line or polygon: type, box, number of parts, number of points, and where its only part begins. */
const PARTS_AT = 36;
const POINTS_AT = 40;
const FIRST_PART_AT = 44;
const COORDINATES_AT = 48;
/** What WKB has in front of the coordinates: byte order and type; of a line its number of points; of a polygon that of rings, too. */
const WKB_HEAD = { point: 5, line: 9, polygon: 13 } as const;

/**
 * Puts a flat point, or a line or polygon of one part, into the column as WKB, which has the same coordinates one after
 * another. Most shapes are such.
 *
 * @returns false for any other shape, and for one in which something is wrong; then nothing is put anywhere
 */
export function putPlainShape(bytes: Buffer, start: number, end: number, column: StagedColumn): boolean {
  if (end - start < 4) return false;
  const type = bytes.readUInt32LE(start);
  if (type === POINT) {
    if (end - start < 4 + POINT_BYTES) return false;
    copied(bytes, start + 4, POINT_BYTES, WKB_HEAD.point, POINT, column);
    return true;
  }
  if ((type !== LINE && type !== POLYGON) || end - start < COORDINATES_AT) return false;
  if (bytes.readUInt32LE(start + PARTS_AT) !== 1 || bytes.readUInt32LE(start + FIRST_PART_AT) !== 0) return false;
  const points = bytes.readUInt32LE(start + POINTS_AT);
  const from = start + COORDINATES_AT;
  if (end - from < POINT_BYTES * points) return false;
  if (type === LINE) {
    if (points < 2) return false;
    const at = copied(bytes, from, POINT_BYTES * points, WKB_HEAD.line, 2, column);
    column.data.writeUInt32LE(points, at + 5);
    return true;
  }
  const last = from + POINT_BYTES * (points - 1);
  if (points < 4 || bytes.readDoubleLE(from) !== bytes.readDoubleLE(last)) return false;
  if (bytes.readDoubleLE(from + 8) !== bytes.readDoubleLE(last + 8)) return false;
  const at = copied(bytes, from, POINT_BYTES * points, WKB_HEAD.polygon, 3, column);
  column.data.writeUInt32LE(1, at + 5);
  column.data.writeUInt32LE(points, at + 9);
  return true;
}

/** A value of so many bytes in front of the coordinates; gives where it begins. */
function copied(
  bytes: Buffer,
  from: number,
  length: number,
  head: number,
  wkbType: number,
  column: StagedColumn,
): number {
  const at = column.addSpace(head + length);
  column.data[at] = 1;
  column.data.writeUInt32LE(wkbType, at + 1);
  bytes.copy(column.data, at + head, from, from + length);
  return at;
}
