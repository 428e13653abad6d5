const { ReactDOM } = globalThis as unknown as { ReactDOM: typeof import('react-dom') };
export default ReactDOM;
export const { createPortal, flushSync } = ReactDOM;
