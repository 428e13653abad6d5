/** A number as people read it: `34,736`. */
export const counted = (n: number) => n.toLocaleString('en-US');

/** `1 row`, `34,736 rows` */
export const plural = (n: number, one: string, many = `${one}s`) => `${counted(n)} ${n === 1 ? one : many}`;
