import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { Field } from './Field.tsx';
import { Problem } from './Problem.tsx';

type Mode = 'logIn' | 'register';

interface LogInFormProps {
  /** Called once the visitor is logged in. */
  readonly onDone: () => void;
  /** The e-mail address to begin with. */
  readonly email?: string;
}

/** Log-in and registration in one card. */
export function LogInForm({ onDone, email = '' }: LogInFormProps): ReactElement {
  const { api, session } = useStudio();
  const { t } = useLocale();
  const [mode, setMode] = useState<Mode>('logIn');
  const [fields, setFields] = useState({ name: '', email, password: '' });
  const { busy, error, submit, forget } = useSubmission();
  const panelId = useId();

  const change = (field: keyof typeof fields) => (value: string) => setFields({ ...fields, [field]: value });
  const choose = (chosen: Mode): void => {
    setMode(chosen);
    forget();
  };
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const { name, ...credentials } = fields;
    submit(async () => {
      const data = await (mode === 'logIn' ? api.logIn(credentials) : api.register({ name, ...credentials }));
      session.logIn(data);
      onDone();
    });
  };

  return (
    <div className="stack">
      <div className="tabs" role="tablist">
        {(['logIn', 'register'] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            className="tab"
            aria-selected={mode === one}
            aria-controls={panelId}
            onClick={() => choose(one)}
          >
            {t(one)}
          </button>
        ))}
      </div>
      <form id={panelId} role="tabpanel" aria-label={t(mode)} className="stack" onSubmit={send}>
        {mode === 'register' && (
          <Field label={t('name')} error={error} name="name">
            {(props) => (
              <input {...props} className="input" autoComplete="name" required maxLength={255} value={fields.name}
                onChange={(event) => change('name')(event.target.value)} />
            )}
          </Field>
        )}
      </form>
    </div>
  );
}
