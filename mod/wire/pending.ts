/** How much of something all clients of a server may take together, and how much they have taken. */
export class Pending {
  readonly most: number;
  #taken = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Makes a client's share another; false, and nothing has changed, when there isn't so much left. */
  change(share: number, wanted: number): boolean {
    const taken = this.#taken - share + wanted;
    if (wanted > share && taken > this.most) return false;
    this.#taken = taken;
    return true;
  }
}
