//! The HTTP API of applications.

mod answers;
mod bodies;
mod publishing;
mod queries;
mod signatures;
