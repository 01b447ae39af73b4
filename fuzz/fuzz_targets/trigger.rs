#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gema_fuzz::protocol::trigger(data));
