import type { Graph, Tensor } from '../graph/index.js';
import type { FrameCoder } from '../model/index.js';
import type { StepParts } from '../train/step.js';

/** Parts of a training step that time is told of. */
const SECTIONS = ['augmentation', 'coder', 'recurrent and objective', 'optimiser'] as const;
export type Section = (typeof SECTIONS)[number];

/**
 * Which nodes of a step's graph belong to which part of it. The engine's profile tells of nodes by name, and their names hold the
 * order in which they were made; so it is noted at which node each part begins, on the way forward and, by an operation that adds
 * no node but has a gradient rule, on the way back.
 */
export class SectionMap {
  readonly #starts: { readonly node: number; readonly section: Section }[] = [];

  /** The same parts of a step, telling this map where they begin. */
  watch(parts: StepParts): StepParts {
    const { coders, motion } = parts;
    return {
      ...parts,
      motion: (x) => {
        this.#begin(x.graph, 'augmentation');
        const view = motion(x);
        this.#begin(x.graph, 'recurrent and objective');
        return view;
      },
      coders: { frame: this.#watched(coders.frame), object: coders.object && this.#watched(coders.object) },
    };
  }

  /** @param node number at the end of a node's name */
  sectionOf(node: number): Section {
    return this.#starts.findLast((s) => s.node <= node)?.section ?? 'recurrent and objective';
  }

  #watched(coder: FrameCoder): FrameCoder {
    return {
      encode: (p, frames, mode) => this.#around(frames, (x) => coder.encode(p, x, mode)),
      decode: (p, latents, mode) => this.#around(latents, (x) => coder.decode(p, x, mode)),
    };
  }

  #around(input: Tensor, run: (input: Tensor) => Tensor): Tensor {
    const { graph } = input;
    this.#begin(graph, 'coder');
    const watched = graph.differentiable([input], [input], (gradients) => {
      this.#begin(graph, 'recurrent and objective');
      return gradients;
    })[0]!;
    const output = run(watched);
    this.#begin(graph, 'recurrent and objective');
    return graph.differentiable([output], [output], ([g]) => {
      this.#begin(graph, 'coder');
      return [g];
    })[0]!;
  }

  #begin(graph: Graph, section: Section): void {
    this.#starts.push({ node: graph.nodes.length, section });
  }
}
