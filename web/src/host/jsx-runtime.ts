const { ReactJSXRuntime } = globalThis as unknown as { ReactJSXRuntime: typeof import('react/jsx-runtime') };
export const { Fragment, jsx, jsxs } = ReactJSXRuntime;
