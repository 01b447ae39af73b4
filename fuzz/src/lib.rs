//! What must hold for every input. The fuzzer drives these functions, and so do property tests of the crates that they
//! are about, which need no fuzzer.

pub mod configuration;
pub mod protocol;
pub mod webhook;
