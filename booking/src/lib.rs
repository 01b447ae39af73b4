//! The booking application.
