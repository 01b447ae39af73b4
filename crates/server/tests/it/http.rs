//! The HTTP API of applications.

mod answers;
mod bodies;
mod busy;
mod publishing;
mod queries;
mod signatures;
