#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gema_fuzz::protocol::client_message(data));
