/** How many connections there are, in all and of each client. */
export class ConnectionCounts {
  readonly #of = new Map<string, number>();
  #all = 0;

  get all(): number {
    return this.#all;
  }

  of(client: string): number {
    return this.#of.get(client) ?? 0;
  }

  add(client: string): void {
    this.#all++;
    this.#of.set(client, this.of(client) + 1);
  }

  /** Takes one away that was added. */
  remove(client: string): void {
    this.#all--;
    const left = this.of(client) - 1;
    if (left > 0) this.#of.set(client, left);
    else this.#of.delete(client);
  }
}
