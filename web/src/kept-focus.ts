import { type RefObject, useLayoutEffect } from 'react';

/** Where what had the focus goes away by what it did, whoever goes on by keyboard begins with the page's content. */
export function useKeptFocus(of: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = of.current;
    return () => {
      if (element !== null && element === document.activeElement) {
        document.querySelector<HTMLElement>('.lifecycle main')?.focus({ preventScroll: true });
      }
    };
  }, [of]);
}
