//! Messages and members over several shards.

mod order;
mod presence;
