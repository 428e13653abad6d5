/// <reference types="react" />
// Airflow's own React: two of them on one page cannot share components.
const { React } = globalThis as unknown as { React: typeof import('react') };
export default React;
export const {
  Component,
  Fragment,
  Suspense,
  createContext,
  createElement,
  lazy,
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} = React;
