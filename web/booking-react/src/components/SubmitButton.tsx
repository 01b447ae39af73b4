import type { ComponentProps, ReactElement } from 'react';
import type { Submission } from '../hooks/useSubmission.ts';

interface SubmitButtonProps extends ComponentProps<'button'> {
  readonly of: Submission;
}

/** What sends a request. While it cannot be pressed it keeps the focus: hence `aria-disabled`, not `disabled`. */
export function SubmitButton({ of, ...button }: SubmitButtonProps): ReactElement {
  return (
    <button
      type="submit"
      className="button button--primary"
      aria-disabled={of.busy || of.wait > 0}
      aria-busy={of.busy}
      {...button}
    />
  );
}
