import * as React from 'react';

const SAID_MS = 1500;

/** A command to run elsewhere, with a button that copies it. */
export function Command({ children: text }: { children: string }): React.JSX.Element {
  const [said, setSaid] = React.useState('');
  React.useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed here'),
    );
  return (
    <span className="command">
      <code>{text}</code>
      {/* A page that is not served safely has no clipboard. */}
      {navigator.clipboard && (
        <button type="button" className="small" onClick={copy} aria-label={`Copy ${text}`}>
          Copy
        </button>
      )}
      <span role="status" className="quiet">
        {said}
      </span>
    </span>
  );
}
