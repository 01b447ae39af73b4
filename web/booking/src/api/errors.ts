/** What is wrong with a request, by the name of the field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** The parts of an {@link ApiError}. */
export interface ApiErrorParts {
  status: number;
  message: string;
  errors?: FieldErrors;
  retryAfter?: number | null;
}

/** The server has answered, and refused. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** The HTTP status: 401 not logged in, 403, 404, 409 conflict, 422 wrong fields, 429 too often, 5xx. */
  readonly status: number;
  /** By field; empty but for 422. In the language that was asked for. */
  readonly errors: FieldErrors;
  /** Seconds until it is worth trying again; `null` where the server does not say. */
  readonly retryAfter: number | null;

  constructor({ status, message, errors = {}, retryAfter = null }: ApiErrorParts) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** The first error of a field. */
  errorOf(field: string): string | undefined {
    return this.errors[field]?.[0];
  }
}

/**
 * The answer says that all went well, but is not of the form that was agreed on: a proxy's page, half an answer, a
 * server of another version.
 */
export class UnreadableAnswerError extends ApiError {
  override readonly name = 'UnreadableAnswerError';

  constructor(status: number) {
    super({ status, message: 'the answer of the server cannot be read' });
  }
}

/** `unreachable`: there was no answer. `timeout`: there was none in time. Whether the request was acted on is unknown. */
export type NetworkErrorKind = 'unreachable' | 'timeout';

/** There was no answer. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly kind: NetworkErrorKind;

  constructor(kind: NetworkErrorKind, cause?: unknown) {
    super(kind === 'timeout' ? 'the server did not answer in time' : 'the server cannot be reached', {
      cause,
    });
    this.kind = kind;
  }
}
