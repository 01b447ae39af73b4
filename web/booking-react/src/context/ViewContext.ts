import { createContext } from 'react';

/** Whether the visitor has moved between views: the heading of the first one does not take the focus. */
export const MovedContext = createContext(false);
