import { log } from "../common/log.ts";
import type { Redis } from "./bull.ts";
import { listNodes, type SeenNode } from "./roster.ts";

/** The nodes of a cluster as they were listed last. */
export class NodeList {
  #nodes: SeenNode[] = [];
  /** What is wrong with nodes that are not counted, as it was told last. */
  #faults: string[] = [];

  get nodes(): SeenNode[] {
    return this.#nodes;
  }

  /** Lists them anew; tells of what is wrong with one once. */
  async refresh(redis: Redis): Promise<void> {
    const { nodes, faults } = await listNodes(redis);
    for (const fault of faults) if (!this.#faults.includes(fault)) log.service.warn(fault);
    this.#nodes = nodes;
    this.#faults = faults;
  }
}
