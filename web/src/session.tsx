import * as React from 'react';
import type { Session } from '../../src/serve/api.ts';
import { useAnswer } from './client.ts';

type May = Session['may'];
/** Until it is known: what is offered is never refused. */
const NOTHING: May = { change: false, remove: false, start: false };
const Allowed = React.createContext<{ may: May; isKnown: boolean }>({ may: NOTHING, isKnown: false });

/** Asks what the person may do, of one DAG or of all, and lets what is inside know. */
export function Permissions({ dag, children }: { dag?: string; children: React.ReactNode }): React.JSX.Element {
  const outer = React.useContext(Allowed);
  const answer = useAnswer<Session>(dag === undefined ? 'api/session' : `api/session?dag=${encodeURIComponent(dag)}`);
  const value = answer.state === 'here' ? { may: answer.value.may, isKnown: true } : outer;
  return <Allowed.Provider value={value}>{children}</Allowed.Provider>;
}

export const useMay = (): May => React.useContext(Allowed).may;

/** Why there is no button: said once, where somebody may look for it. */
export function MayOnlyLook(): React.JSX.Element | null {
  const { may, isKnown } = React.useContext(Allowed);
  if (!isKnown || may.start) return null;
  return (
    <p className="quiet">Your account may look at this and start nothing. Ask for a role that may run this DAG.</p>
  );
}
