import type { NotificationLevel } from '@gema/booking';
import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import { Problem } from '../components/Problem.tsx';
import { SelectField } from '../components/SelectField.tsx';
import { fieldError, TextField } from '../components/TextField.tsx';
import { SubmitButton } from '../components/SubmitButton.tsx';
import { useLocale } from '../context/LocaleContext.ts';
import { useStudio } from '../context/StudioContext.ts';
import { useSubmission } from '../hooks/useSubmission.ts';

/** Tells everybody something. */
export function AnnounceForm(): ReactElement {
  const { api, notices } = useStudio();
  const { t } = useLocale();
  const headingId = useId();
  const messageId = useId();
  const [level, setLevel] = useState<NotificationLevel>('info');
  const [title, setTitle] = useState('');
  const [message, setMessage] = useState('');
  const submission = useSubmission();
  const { error, wait, submit } = submission;
  const problem = fieldError(error, 'message');

  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    submit(async () => {
      const heading = title.trim();
      await api.announce({ level, message, ...(heading !== '' && { title: heading }) });
      notices.notify(t('admin.announce.done'), 'success');
      setTitle('');
      setMessage('');
    });
  };

  return (
    <section className="card stack" aria-labelledby={headingId}>
      <h2 id={headingId}>{t('admin.announce.title')}</h2>
      <form className="stack" onSubmit={send}>
        <SelectField
          label={t('admin.announce.level')}
          value={level}
          options={[
            { value: 'info', label: t('admin.announce.level.info') },
            { value: 'warning', label: t('admin.announce.level.warning') },
            { value: 'success', label: t('admin.announce.level.success') },
          ]}
          onChange={setLevel}
        />
        <TextField
          label={t('admin.announce.heading')}
          name="title"
          maxLength={255}
          value={title}
          error={error}
          onChange={setTitle}
        />
        <div className="field">
          <label htmlFor={messageId}>{t('admin.announce.message')}</label>
          <textarea
            id={messageId}
            className="input"
            rows={3}
            required
            maxLength={1000}
            value={message}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${messageId}-error`}
            onChange={(event) => setMessage(event.target.value)}
          />
          {problem !== undefined && (
            <p id={`${messageId}-error`} className="field__error">
              {problem}
            </p>
          )}
        </div>
        <Problem error={error} wait={wait} fields={['title', 'message']} />
        <SubmitButton of={submission}>{t('admin.announce.title')}</SubmitButton>
      </form>
    </section>
  );
}
