//! The hub as a whole, in a world without sockets, threads or a clock of its own: shards, their inboxes, and clients
//! that read when they are told to. What happens depends on nothing but the operations that a test gives.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod app;
mod cache;
mod check;
mod client_events;
mod closing;
mod counts;
mod directory;
mod facts;
mod incoming;
mod line;
mod liveness;
mod model;
mod operation;
mod presence;
mod properties;
mod requests;
mod run;
mod subscriptions;
mod users;
mod world;
