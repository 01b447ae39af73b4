import { ApiError } from '@gema/booking';
import { useId, type ComponentProps, type ReactElement } from 'react';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'id' | 'className' | 'onChange'> {
  readonly label: string;
  /** Name of the field in the API: errors of that name are shown here. */
  readonly name: string;
  readonly onChange: (value: string) => void;
  readonly error?: Error | null;
  readonly hint?: string | undefined;
}

/** A labelled input with what the server says about it. */
export function TextField({
  label,
  name,
  onChange,
  error = null,
  hint,
  ...input
}: TextFieldProps): ReactElement {
  const id = useId();
  const problem = fieldError(error, name);
  const noteId = `${id}-note`;
  const note = problem ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        className="input"
        aria-invalid={problem !== undefined}
        aria-describedby={note === undefined ? undefined : noteId}
        onChange={(event) => onChange(event.target.value)}
      />
      {note !== undefined && (
        <p id={noteId} className={problem === undefined ? 'field__hint' : 'field__error'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** What a 422 says about one field. */
export function fieldError(error: Error | null, name: string): string | undefined {
  return error instanceof ApiError ? error.errors[name]?.[0] : undefined;
}
