//! The booking application as its clients see it.

mod contract;
