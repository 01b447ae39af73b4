import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import { SubmitButton } from './SubmitButton.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';
import { Problem } from './Problem.tsx';
import { TextField } from './TextField.tsx';

const MODES = { logIn: 'account.logIn', register: 'register.submit' } as const;
type Mode = keyof typeof MODES;
const FIELDS = ['name', 'email', 'password'];

interface LogInFormProps {
  /** Called once the visitor is logged in. */
  readonly onDone: () => void;
  /** The e-mail address to begin with. */
  readonly email?: string;
}

/** Log-in and registration in one card. */
export function LogInForm({ onDone, email = '' }: LogInFormProps): ReactElement {
  const { api } = useStudio();
  const { t } = useLocale();
  const [mode, setMode] = useState<Mode>('logIn');
  const [fields, setFields] = useState({ name: '', email, password: '' });
  const submission = useSubmission();
  const { error, wait, submit, forget } = submission;
  const formId = useId();
  const registers = mode === 'register';

  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const { name, ...credentials } = fields;
    submit(async () => {
      await (registers ? api.register({ name, ...credentials }) : api.logIn(credentials));
      onDone();
    });
  };

  return (
    <div className="stack">
      <div className="tabs" role="group">
        {(['logIn', 'register'] as const).map((one) => (
          <button
            key={one}
            type="button"
            className="tab"
            aria-current={mode === one ? 'true' : undefined}
            aria-controls={formId}
            onClick={() => {
              setMode(one);
              forget();
            }}
          >
            {t(MODES[one])}
          </button>
        ))}
      </div>
      <form id={formId} className="stack" aria-label={t(MODES[mode])} onSubmit={send}>
        {registers && (
          <TextField
            label={t('register.name')}
            name="name"
            autoComplete="name"
            required
            maxLength={255}
            value={fields.name}
            error={error}
            onChange={(name) => setFields({ ...fields, name })}
          />
        )}
        <TextField
          label={t('logIn.email')}
          name="email"
          type="email"
          autoComplete="username"
          required
          maxLength={255}
          value={fields.email}
          error={error}
          onChange={(value) => setFields({ ...fields, email: value })}
        />
        <TextField
          label={t('logIn.password')}
          name="password"
          type="password"
          autoComplete={registers ? 'new-password' : 'current-password'}
          required
          minLength={registers ? 8 : undefined}
          maxLength={255}
          hint={registers ? t('register.passwordHint') : undefined}
          value={fields.password}
          error={error}
          onChange={(password) => setFields({ ...fields, password })}
        />
        <Problem error={error} wait={wait} fields={registers ? FIELDS : FIELDS.slice(1)} />
        <SubmitButton of={submission}>{t(MODES[mode])}</SubmitButton>
      </form>
    </div>
  );
}
