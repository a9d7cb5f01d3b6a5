import { Message } from '../parts/message.js';
import { formatRoute } from '../route.js';

/** In the place of runs that a link names and that are not there. */
export function NoSuchRun({ ids }: { readonly ids: readonly string[] }) {
  return (
    <Message kind="problem" title="No such run">
      <p>
        {ids.join(', ')} is not among the runs. <a href={formatRoute('runs')}>See all runs</a>
      </p>
    </Message>
  );
}
