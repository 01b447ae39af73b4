// Import this before pusher-js: it leaves timers behind after a close by the server and after a disconnect while it
// connects, and a process with such a timer does not end. While a test runs, its server keeps the process alive.

const { setTimeout, setInterval } = globalThis;

globalThis.setTimeout = (...given) => setTimeout(...given).unref();
globalThis.setInterval = (...given) => setInterval(...given).unref();
