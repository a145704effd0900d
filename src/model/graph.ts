// Graph arithmetic on dependencies: compressed adjacency lists, order, cycles, longest paths. Nothing here recurses.
import { sharedIntegers } from "./columns.ts";

/** Adjacency lists end to end: the targets of node v are `targets[offsets[v] .. offsets[v + 1])`. */
export interface Adjacency {
  offsets: Int32Array;
  targets: Int32Array;
}

/** Collects edges node by node, in order of position. */
export class AdjacencyBuilder {
  #offsets = new Int32Array(16);
  #targets = new Int32Array(16);
  nodes = 0;
  edges = 0;

  /** Appends the next node with its targets. */
  push(targets: readonly number[]): void {
    if (this.nodes + 1 >= this.#offsets.length) this.#offsets = widened(this.#offsets);
    while (this.edges + targets.length > this.#targets.length) this.#targets = widened(this.#targets);
    for (const target of targets) this.#targets[this.edges++] = target;
    this.#offsets[++this.nodes] = this.edges;
  }

  finish(): Adjacency {
    const offsets = sharedIntegers(this.nodes + 1);
    const targets = sharedIntegers(this.edges);
    offsets.set(this.#offsets.subarray(0, this.nodes + 1));
    targets.set(this.#targets.subarray(0, this.edges));
    return { offsets, targets };
  }
}

function widened(array: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(array.length * 2);
  wider.set(array);
  return wider;
}

/** The same edges the other way round; each list in order of position. */
export function reversed(graph: Adjacency): Adjacency {
  const nodes = graph.offsets.length - 1;
  const offsets = sharedIntegers(nodes + 1);
  const targets = sharedIntegers(graph.targets.length);
  for (let edge = 0; edge < graph.targets.length; edge++) offsets[(graph.targets[edge] as number) + 1]++;
  for (let node = 0; node < nodes; node++) offsets[node + 1] += offsets[node] as number;
  const next = offsets.slice(0, nodes);
  for (let node = 0; node < nodes; node++) {
    for (let edge = graph.offsets[node] as number; edge < (graph.offsets[node + 1] as number); edge++) {
      targets[next[graph.targets[edge] as number]++] = node;
    }
  }
  return { offsets, targets };
}

/**
 * Nodes so that each comes after all its predecessors (Kahn 1962), or undefined when there is a cycle.
 * O(nodes + edges). Ties go by position within a wave.
 */
export function topologicalOrder(predecessors: Adjacency, successors: Adjacency): Int32Array | undefined {
  const nodes = predecessors.offsets.length - 1;
  const missing = new Int32Array(nodes);
  const order = new Int32Array(nodes);
  let count = 0;
  for (let node = 0; node < nodes; node++) {
    missing[node] = (predecessors.offsets[node + 1] as number) - (predecessors.offsets[node] as number);
    if (missing[node] === 0) order[count++] = node;
  }
  for (let done = 0; done < count; done++) {
    const node = order[done] as number;
    for (let edge = successors.offsets[node] as number; edge < (successors.offsets[node + 1] as number); edge++) {
      const successor = successors.targets[edge] as number;
      if (--missing[successor] === 0) order[count++] = successor;
    }
  }
  return count === nodes ? order : undefined;
}

/**
 * Cycles that share no node, as many as a search finds, in the order in which they are come upon: each a list of nodes that begins with the
 * lowest, each node a predecessor of the next and the last of the first. None where there is no cycle. O(nodes + edges).
 */
export function findCycles(predecessors: Adjacency): number[][] {
  const nodes = predecessors.offsets.length - 1;
  const state = new Uint8Array(nodes); // 0 not seen, 1 on the path, 2 done
  const cursor = predecessors.offsets.slice(0, nodes);
  const cycles: number[][] = [];
  for (let root = 0; root < nodes; root++) {
    if (state[root] !== 0) continue;
    const path = [root];
    state[root] = 1;
    while (path.length > 0) {
      const node = path[path.length - 1] as number;
      const edge = cursor[node]++;
      if (edge >= (predecessors.offsets[node + 1] as number)) {
        state[node] = 2;
        path.pop();
        continue;
      }
      const next = predecessors.targets[edge] as number;
      if (state[next] === 1) {
        const cycle = path.splice(path.lastIndexOf(next)); // and on without it, to those apart from it
        for (const member of cycle) state[member] = 2;
        cycles.push(fromLowest(cycle.reverse()));
      } else if (state[next] === 0) {
        state[next] = 1;
        path.push(next);
      }
    }
  }
  return cycles;
}

function fromLowest(cycle: readonly number[]): number[] {
  const first = cycle.reduce((best, node, i) => (node < (cycle[best] as number) ? i : best), 0);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
