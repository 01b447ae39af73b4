//! The `booking` command.

fn main() {}
