//! Names that are made to be mistaken for somebody's own channel.

use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::*;

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(65);
    ProptestConfig { failure_persistence: None, rng_seed, ..ProptestConfig::with_cases(2000) }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Pieces of names, of which most are almost right.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "private-",
        "presence-",
        "private-encrypted-",
        "encrypted-",
        "cache-",
        "Private-",
        "PRIVATE-",
        "private_",
        "user",
        "User",
        "users",
        ".",
        "..",
        ":",
        "/",
        "-",
        "_",
        ",",
        ";",
        "#",
        "#server-to-user-",
        "0",
        "1",
        "7",
        "+",
        "-0",
        "1e0",
        "0x",
        " ",
        "\t",
        "\n",
        "\0",
        "%31",
        "%2e",
        "%00",
        "&channel_name=private-user.7",
        "１",
        "٧",
        "۷",
        "七",
        "\u{200b}",
        "\u{feff}",
        "\u{202e}",
        "{id}",
        "*",
        "null",
        "true",
        "18446744073709551616",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => any::<u64>().prop_map(|number| number.to_string()),
    ]
}

/// The own name with another prefix, or something before or behind the number.
fn variant() -> impl Strategy<Value = String> {
    let one_of = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    let prefix = one_of(&[
        "private-",
        "presence-",
        "private-encrypted-",
        "private-private-",
        "private-cache-",
        "Private-",
        "",
    ]);
    let before = one_of(&["", "", "0", "00", "+", "-", " ", "0x", "\u{200b}"]);
    let behind = one_of(&["", "", ".", ".0", "e0", " ", "\n", "\0", ",", ";", "_"]);
    (prefix, before, behind).prop_map(|(prefix, before, behind)| format!("{prefix}user.{before}7{behind}"))
}

/// Names that resemble the own one, begin well, are anyhow, or are very long.
fn name() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat()).boxed();
    prop_oneof![
        4 => variant(),
        4 => pieces.clone(),
        4 => pieces.clone().prop_map(|end| format!("private-user.{end}")),
        2 => (pieces.clone(), pieces.clone()).prop_map(|(start, end)| format!("{start}private-user.7{end}")),
        1 => (pieces, 1_usize..400).prop_map(|(end, zeros)| format!("private-user.{}{end}", "0".repeat(zeros))),
    ]
}

/// In all the ways in which a name can be asked for: has it been granted?
async fn granted(router: &Router, channel: &str) -> Vec<bool> {
    let list = json!({ "socket_id": "1234.5678", "channel_names": ["private-user.1", channel] });
    let single = json!({ "socket_id": "1234.5678", "channel_name": channel });
    let (_, answers) = ask(router, json(Some(7), &list)).await;
    vec![
        status_of(router, asking(Some(7), channel)).await == 200,
        status_of(router, json(Some(7), &single)).await == 200,
        answers["channels"][channel]["auth"].is_string(),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_rule_of_users_grants_the_canonical_name_of_the_own_channel_and_no_other(name in name()) {
        let router = router(with_user_rule());
        let own = name == "private-user.7";
        let granted = runtime().block_on(granted(&router, &name));
        prop_assert_eq!(granted, vec![own; 3]);
    }

    #[test]
    fn every_user_has_one_channel(id in any::<u64>(), other in prop_oneof![any::<u64>(), 0_u64..3]) {
        let router = router(with_user_rule());
        let runtime = runtime();
        let channel = format!("private-user.{id}");
        prop_assert_eq!(runtime.block_on(status_of(&router, asking(Some(id), &channel))), 200);
        let status = runtime.block_on(status_of(&router, asking(Some(other), &channel)));
        prop_assert_eq!(status, if id == other { 200 } else { 403 });
    }

    #[test]
    fn whatever_the_body_it_is_answered_and_grants_nothing(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let router = router(with_user_rule());
        let runtime = runtime();
        for media_type in ["application/json", "application/x-www-form-urlencoded"] {
            let request = post("/broadcasting/auth", Some(7), media_type, body.clone());
            let status = runtime.block_on(status_of(&router, request));
            prop_assert!(matches!(status, 400 | 422), "{}", status);
        }
    }
}

#[tokio::test]
async fn percent_encodings_are_decoded_once() {
    let router = router(with_user_rule());
    let check = async |name: &str, status: u16| {
        let request = form(Some(7), format!("socket_id=1234.5678&channel_name={name}"));
        assert_eq!(status_of(&router, request).await, status, "{name}");
    };
    check("private-user%2E7", 200).await;
    check("%70rivate%2duser.%37", 200).await;
    check("private-user.%2537", 422).await;
    check("private-user.7%00", 422).await;
    check("private-user.7%0A", 422).await;
    check("private-user.7%", 422).await;
    check("private-user.7%FF", 422).await;
    check("private-user.7+", 422).await;
}

#[tokio::test]
async fn names_that_resemble_the_own_one_are_refused() {
    let router = router(with_user_rule());
    for name in [
        "private-private-user.7",
        "private-encrypted-user.7",
        "private-encrypted-private-user.7",
        "presence-user.7",
        "presence-private-user.7",
        "private-presence-user.7",
        "private-cache-user.7",
        "user.7",
        "#server-to-user-7",
        "Private-user.7",
        "private-User.7",
        "private-user-7",
        "private-user..7",
        "private-user.7.",
        "private-user.7.7",
        "private-user.07",
        "private-user.-7",
        "private-user.7,8",
        "private-user.7;",
        "private-user.",
        "private-.user.7",
    ] {
        assert_eq!(status_of(&router, asking(Some(7), name)).await, 403, "{name}");
    }
    for name in [
        "private-user.+7",
        "private-user. 7",
        "private-user.７",
        "private-user:7",
        "privateuser/7",
        " ",
        "\0",
    ] {
        assert_eq!(status_of(&router, asking(Some(7), name)).await, 422, "{name}");
    }
}
