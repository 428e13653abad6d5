import * as React from 'react';
import { Trouble } from './answer.tsx';

/** What fails while it is drawn says so in its place, and takes nothing else along. */
export class Caught extends React.Component<{ children: React.ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): React.ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Trouble error={new Error(`This page has a fault: ${error.message}`)}>
        <button type="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </Trouble>
    );
  }
}
