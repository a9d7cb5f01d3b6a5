/** A span of time for people: `0.4 s`, `42 s`, `3:12`, `2:05:09`, `3 d 4 h`; `?` where it is not known. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const hours = Math.round(s / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A count for people: `840`, `12,345`, `1.23 M`, `4.50 G`. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return '?';
  // What rounds up to the next unit is written in it.
  const rounded = Math.abs(n) < 1e6 ? n : Number(n.toPrecision(3));
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
  ] as const) {
    if (Math.abs(rounded) >= size) return `${(n / size).toPrecision(3)} ${unit}`;
  }
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** How fast: `9.8 steps/s`, and below one a second the other way round, `1.8 s/step`. */
export function formatRate(perSecond: number, unit: string): string {
  if (!(perSecond > 0) || !Number.isFinite(perSecond)) return `? ${unit}s/s`;
  const brief = (n: number) => (n < 9.95 ? n.toFixed(1) : formatCount(n));
  return perSecond < 1 ? `${brief(1 / perSecond)} s/${unit}` : `${brief(perSecond)} ${unit}s/s`;
}

/** A progress bar of exactly `width` columns, in eighths of a column, or of `#` and `-` where only ASCII will do. */
export function bar(fraction: number, width: number, ascii = false): string {
  const f = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  const eighths = Math.floor(f * width * 8 + 1e-9);
  const full = Math.floor(eighths / 8);
  if (ascii) return '#'.repeat(full) + '-'.repeat(width - full);
  const part = eighths % 8;
  return '█'.repeat(full) + (part > 0 ? ' ▏▎▍▌▋▊▉'[part] : '') + '░'.repeat(width - full - (part > 0 ? 1 : 0));
}
