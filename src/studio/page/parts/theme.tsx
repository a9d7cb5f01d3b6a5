import { useEffect, useState } from 'preact/hooks';

const KEY = 'cdsvae theme';

/** Light or dark: as the system has it, or as chosen here. */
export function ThemeButton() {
  const [dark, set] = useState(isDark);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => set(isDark());
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  const choose = () => {
    const next = dark ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    keep(next);
    set(!dark);
    dispatchEvent(new Event('themechange'));
  };
  return (
    <button type="button" class="quiet theme" onClick={choose} aria-label={dark ? 'Light colours' : 'Dark colours'}>
      <span aria-hidden="true">{dark ? '☀' : '☾'}</span>
    </button>
  );
}

/** Whether the page is dark now. */
function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

/** Counts changes of the colours, for what draws with them. */
export function useTheme(): number {
  const [count, set] = useState(0);
  useEffect(() => {
    const changed = () => set((n) => n + 1);
    const query = matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', changed);
    addEventListener('themechange', changed);
    return () => {
      query.removeEventListener('change', changed);
      removeEventListener('themechange', changed);
    };
  }, []);
  return count;
}

/**
 * A colour of style.css, as `--name` has it in the theme of now, for what is drawn on a canvas. The property itself would be read as it
 * stands there, for both themes.
 */
export function themeColour(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Puts back what was chosen on an earlier visit. */
export function restoreTheme(): void {
  try {
    const theme = localStorage.getItem(KEY);
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // No storage: the system's choice.
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // For this visit only.
  }
}
