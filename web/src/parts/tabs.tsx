import * as React from 'react';

/** Ways to look at one thing. As tabs are used by keyboard: arrows go from one to the next, Tab leaves them. */
export function Tabs<View extends string>({
  views,
  label,
  children,
}: {
  views: readonly View[];
  label: string;
  children: (view: View) => React.ReactNode;
}): React.JSX.Element {
  const [view, setView] = React.useState<View>(views[0]!);
  const id = React.useId();
  const move = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = views[(views.indexOf(view) + step + views.length) % views.length]!;
    setView(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-view="${next}"]`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={move} tabIndex={-1}>
        {views.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            data-view={each}
            aria-selected={view === each}
            aria-controls={`${id}-panel`}
            tabIndex={view === each ? 0 : -1}
            onClick={() => setView(each)}
          >
            {each}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${view}`}>
        {children(view)}
      </div>
    </>
  );
}
