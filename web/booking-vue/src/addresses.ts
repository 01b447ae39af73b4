/** Where one logs in, and comes back from. */
export const LOG_IN = '/?next=/notifications';

/** What administrators do, in the other front end. */
export const ADMIN = '/#/admin';
