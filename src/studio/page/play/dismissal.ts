import { useEffect } from 'preact/hooks';

/** Closes a `<details>` that lies over the page as menus are closed: by Escape, and by going elsewhere by pointer or key. */
export function useDismissal(menu: { readonly current: HTMLDetailsElement | null }): void {
  useEffect(() => {
    const elsewhere = (event: Event) => {
      if (menu.current && !menu.current.contains(event.target as Node)) menu.current.open = false;
    };
    const escaped = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !menu.current?.open) return;
      // The focus would be lost with what has it.
      if (menu.current.contains(document.activeElement)) menu.current.querySelector('summary')?.focus();
      menu.current.open = false;
    };
    addEventListener('pointerdown', elsewhere);
    addEventListener('focusin', elsewhere);
    addEventListener('keydown', escaped);
    return () => {
      removeEventListener('pointerdown', elsewhere);
      removeEventListener('focusin', elsewhere);
      removeEventListener('keydown', escaped);
    };
  }, [menu]);
}
