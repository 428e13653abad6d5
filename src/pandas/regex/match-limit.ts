/** A pattern takes too long on a text, or too much memory. */
export class MatchLimit extends Error {}
