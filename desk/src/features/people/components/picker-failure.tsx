import { asLiveError } from '@lockstep/client';
import type { ReactNode } from 'react';

interface PickerFailureProps {
  readonly error: unknown;
  readonly children: (words: ReactNode) => ReactNode;
}

/** Why nobody can be picked here, where that is known, and what to do about it. */
export function PickerFailure({ error, children }: PickerFailureProps) {
  return children(wordsFor(asLiveError(error).code));
}

function wordsFor(code: string): ReactNode {
  if (code === 'policy.forbidden' || code === 'http.403') {
    return (
      <p>
        Until there are accounts, people can be picked only in a browser on the very machine that runs the
        demo. Open it there at its own address, such as http://127.0.0.1:8620.
      </p>
    );
  }
  if (code === 'route.not-found' || code === 'http.404') {
    return (
      <p>
        This server does not run the demo, so there is nobody to pick. Start it with{' '}
        <code>./lockstep demo</code>, or use its API with a token of your own.
      </p>
    );
  }
  if (code === 'data.not-found') {
    return <p>This person is no longer one of the demo’s. Pick somebody else.</p>;
  }
  return undefined;
}
