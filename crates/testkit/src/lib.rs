//! A Pusher client and an in-process server for tests.
