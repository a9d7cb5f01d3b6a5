import type { ComponentChildren } from 'preact';

/** Words in the place of something that cannot be shown: what is missing, and what to do. */
export function Message(props: {
  readonly kind: 'problem' | 'empty';
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={`message ${props.kind}`} role={props.kind === 'problem' ? 'alert' : 'status'}>
      <h2>{props.title}</h2>
      <div>{props.children}</div>
    </div>
  );
}
