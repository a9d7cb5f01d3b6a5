/** Numbers and names as people read them. */

/** In at most four significant digits: `163.2`, `5.31`, `0.0123`, `1.2e-5`; `–` where there is none. */
export function formatValue(v: number | null | undefined): string {
  if (v === null || v === undefined || !Number.isFinite(v)) return '–';
  const a = Math.abs(v);
  if (a === 0) return '0';
  if (a < 1e-3 || a >= 1e6) return v.toExponential(2).replace('e+', 'e');
  if (a >= 1000) return v.toFixed(0);
  return a >= 100 ? v.toFixed(1) : a >= 1 ? v.toFixed(2) : v.toFixed(4);
}

/** `12,345` */
export function formatCount(n: number): string {
  return Math.round(n).toLocaleString('en');
}

/** `42 s`, `3 min`, `2 h 5 min`, `3 d 4 h` */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  const hours = Math.floor(s / 3600);
  if (hours < 48) return `${hours} h ${Math.round((s % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `9.8 steps/s`, or `1.8 s/step` */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null || !(perSecond > 0)) return '–';
  return perSecond >= 1 ? `${formatValue(perSecond)} steps/s` : `${formatValue(1 / perSecond)} s/step`;
}

/** `14:05` */
export function formatTime(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** `just now`, `5 min ago` */
export function formatAgo(time: number): string {
  const seconds = (Date.now() - time) / 1000;
  return seconds < 20 ? 'just now' : `${formatDuration(seconds)} ago`;
}
