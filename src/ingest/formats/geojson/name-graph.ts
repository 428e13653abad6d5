/** Names looked at in all. Files of a thousand properties take some thousands. */
const MOST_STEPS = 3_000_000;

/**
 * Names, and which of them stand directly behind which; there is never a circle. All names are kept in a line that agrees
 * with what is known (after Pearce and Kelly, 2006), so that a new fact that agrees with the line costs nothing, and one
 * that does not costs a look at the part of the line that it concerns.
 */
export class NameGraph {
  readonly #followers = new Map<string, Set<string>>();
  readonly #leaders = new Map<string, Set<string>>();
  readonly #line: string[] = [];
  readonly #place = new Map<string, number>();
  #steps = 0;
  /** What was refused stays refused. */
  readonly #refused = new Map<string, Set<string>>();

  /** In order of appearance. */
  names(): Iterable<string> {
    return this.#followers.keys();
  }

  followersOf(name: string): ReadonlySet<string> {
    return this.#followers.get(name)!;
  }

  addName(name: string): void {
    if (this.#followers.has(name)) return;
    this.#followers.set(name, new Set());
    this.#leaders.set(name, new Set());
    this.#place.set(name, this.#line.length);
    this.#line.push(name);
  }

  /** Takes note that `after` stands behind `before`, unless what is known says otherwise. Both are names already. */
  follow(before: string, after: string): void {
    if (before === after || this.#followers.get(before)!.has(after) || this.#refused.get(before)?.has(after)) return;
    if (this.#place.get(after)! < this.#place.get(before)!) {
      if (this.#steps > MOST_STEPS) return;
      const behind = this.#reach(this.#followers, after, (place) => place <= this.#place.get(before)!);
      if (behind.has(before)) {
        const refused = this.#refused.get(before) ?? new Set();
        this.#refused.set(before, refused.add(after));
        return;
      }
      const ahead = this.#reach(this.#leaders, before, (place) => place > this.#place.get(after)!);
      this.#reorder(ahead, behind);
    }
    this.#followers.get(before)!.add(after);
    this.#leaders.get(after)!.add(before);
  }

  #reach(
    edges: ReadonlyMap<string, ReadonlySet<string>>,
    from: string,
    within: (place: number) => boolean,
  ): Set<string> {
    const reached = new Set([from]);
    for (const name of reached) {
      this.#steps += edges.get(name)!.size;
      for (const next of edges.get(name)!) if (within(this.#place.get(next)!)) reached.add(next);
    }
    return reached;
  }

  /** Puts those ahead before those behind, on the places that all of them have. */
  #reorder(ahead: ReadonlySet<string>, behind: ReadonlySet<string>): void {
    const byPlace = (names: ReadonlySet<string>) =>
      [...names].sort((a, b) => this.#place.get(a)! - this.#place.get(b)!);
    const moved = [...byPlace(ahead), ...byPlace(behind)];
    const places = moved.map((name) => this.#place.get(name)!).sort((a, b) => a - b);
    for (const [i, name] of moved.entries()) {
      this.#place.set(name, places[i]!);
      this.#line[places[i]!] = name;
    }
  }
}
