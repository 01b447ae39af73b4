import { use, useEffect, useRef, type ReactElement } from 'react';
import { MovedContext } from '../context/ViewContext.ts';

interface PageHeadingProps {
  readonly title: string;
  readonly lead?: string;
  /** What the browser calls the page; by default the title. */
  readonly name?: string;
  /** As the panel that opens the front page. */
  readonly hero?: boolean;
}

/** The heading of a view: names the page, and takes the focus when the visitor comes from another view. */
export function PageHeading({ title, lead, name = title, hero = false }: PageHeadingProps): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = use(MovedContext);

  useEffect(() => {
    document.title = `${name} · Studio Gema`;
  }, [name]);

  useEffect(() => {
    if (moved) heading.current?.focus();
  }, [moved]);

  return (
    <header className={hero ? 'hero' : 'stack stack--tight'}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead !== undefined && <p className={hero ? undefined : 'muted'}>{lead}</p>}
    </header>
  );
}
