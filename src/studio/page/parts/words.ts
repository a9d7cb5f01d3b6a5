/** Numbers and names as people read them. */
import { formatValue as finiteValue } from '../../../format-value.js';

/** In at most four significant digits; `–` where there is none. */
export function formatValue(v: number | null | undefined): string {
  return v === null || v === undefined || !Number.isFinite(v) ? '–' : finiteValue(v);
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
  const minutes = Math.round(s / 60);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
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
