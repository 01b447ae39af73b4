//! The fuzz target of webhooks over what the fuzzer has found worth keeping.

#[expect(unreachable_pub, reason = "public for the fuzzer")]
#[path = "../../../../fuzz/src/webhook.rs"]
mod webhook;

#[test]
fn the_corpus_of_webhooks_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/webhook");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        webhook::verify(&std::fs::read(file.unwrap().path()).unwrap());
    }
}
