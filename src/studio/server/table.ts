import { spelledOut } from '../../train/metrics-log.js';
import type { Curves, CurveTerm } from '../api.js';

/** Columns of numbers by step, which only grow. */
export class Table {
  readonly steps = new Column();
  readonly columns = new Map<string, Column>();

  /** Adds a row. Terms it does not have are NaN in it, as are terms of earlier rows that did not have them. */
  add(step: number, terms: Readonly<Record<string, unknown>>): void {
    const row = this.steps.length;
    this.steps.push(step);
    for (const [name, value] of Object.entries(terms)) {
      const number = typeof value === 'number' ? value : spelledOut(value);
      if (number === undefined) continue;
      let column = this.columns.get(name);
      if (!column) {
        column = new Column();
        this.columns.set(name, column);
      }
      while (column.length < row) column.push(Number.NaN);
      column.push(number);
    }
  }

  get last(): { step: number; terms: Record<string, number | null> } | undefined {
    const row = this.steps.length - 1;
    if (row < 0) return undefined;
    const terms: Record<string, number | null> = {};
    for (const [name, column] of this.columns) terms[name] = finite(column.at(row));
    return { step: this.steps.at(row), terms };
  }

  /** First and last step. */
  get span(): [first: number, last: number] {
    const { length } = this.steps;
    return length === 0 ? [0, 0] : [this.steps.at(0), this.steps.at(length - 1)];
  }

  /** Mean of a term over its last so many rows. */
  recent(name: string, rows: number): number | undefined {
    const column = this.columns.get(name);
    const from = Math.max(0, this.steps.length - rows);
    let sum = 0;
    let n = 0;
    for (let i = from; column && i < column.length; i++) {
      if (!Number.isFinite(column.at(i))) continue;
      sum += column.at(i);
      n++;
    }
    return n === 0 ? undefined : sum / n;
  }

  /**
   * The rows of steps from … to in at most so many pieces of as many rows each: the least and the greatest of each term in a
   * piece show every spike, the mean shows where it goes.
   */
  curves(pieces: number, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Curves {
    const first = this.#search(from);
    const last = this.#search(to + 0.5);
    const rows = Math.max(0, last - first);
    const count = Math.min(rows, pieces);
    const edge = (k: number) => first + Math.floor((k * rows) / count);
    const steps: number[] = [];
    for (let k = 0; k < count; k++) steps.push((this.steps.at(edge(k)) + this.steps.at(edge(k + 1) - 1)) / 2);
    const terms: Record<string, CurveTerm> = {};
    for (const [name, column] of this.columns) {
      const [min, max, mean]: (number | null)[][] = [[], [], []];
      for (let k = 0; k < count; k++) {
        let [low, high, sum, n] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
        for (let i = edge(k); i < Math.min(edge(k + 1), column.length); i++) {
          const v = column.at(i);
          if (!Number.isFinite(v)) continue;
          if (v < low) low = v;
          if (v > high) high = v;
          sum += v;
          n++;
        }
        min!.push(n === 0 ? null : brief(low));
        max!.push(n === 0 ? null : brief(high));
        mean!.push(n === 0 ? null : brief(sum / n));
      }
      terms[name] = { min: min!, max: max!, mean: mean! };
    }
    return { steps, terms };
  }

  /** The first row whose step is at least so many. */
  #search(step: number): number {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps.at(middle) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Numbers in a growing array. */
class Column {
  #values = new Float64Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number {
    return index < this.length ? this.#values[index]! : Number.NaN;
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Five digits: more than a plot shows. */
function brief(value: number): number {
  return Number(value.toPrecision(5));
}
