import type { paths } from '../generated/openapi.ts';

/** The paths of the API, as the server describes them. */
export type Path = keyof paths;
/** The methods that the API uses. */
export type Method = 'get' | 'post' | 'patch';

/** What the server says about a method of a path. */
export type Operation<P extends Path, M extends Method> = paths[P][M];

/** The body of an operation; `undefined` where it takes none. */
export type BodyOf<O> = O extends { requestBody?: infer B }
  ? [NonNullable<B>] extends [{ content: { 'application/json': infer J } }]
    ? [NonNullable<B>] extends [never]
      ? undefined
      : J
    : undefined
  : undefined;

/** What can be asked for in the query of an operation. */
export type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined;

/** What an operation answers with when all goes well. */
export type AnswerOf<O> = O extends { responses: { 200: Json<infer A> } }
  ? A
  : O extends { responses: { 201: Json<infer A> } }
    ? A
    : never;

interface Json<A> {
  content: { 'application/json': A };
}
