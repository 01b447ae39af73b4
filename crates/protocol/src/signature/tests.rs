use super::*;

const KEY: &str = "278d425bdf160c739803";

fn secret() -> Secret {
    Secret::new("7ad3773142a6692b25b8")
}

fn socket_id() -> SocketId {
    "1234.1234".parse().unwrap()
}

/// Channel, channel data, signature.
const CHANNELS: &[(&str, Option<&str>, &str)] = &[
    ("private-foobar", None, "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"),
    ("private-encrypted-foobar", None, "e6a18892d037c5d5e76a2265df4f086ffc38631605530dfd214aa5bff495f533"),
    ("private-cache-foobar", None, "395f4a03f06e17b74af8d9c58386cf386e70176f58452420f042b6e1bddefa43"),
    (
        "private-encrypted-cache-foobar",
        None,
        "b9b56ee68b2117189dbac324760a1f9958070108e3ef45232e5dcbba37dbb831",
    ),
    (
        "presence-foobar",
        Some(r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#),
        "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
    ),
    (
        "presence-foobar",
        Some(r#"{"user_id": 10, "user_info": {"name": "Mr. Channels"}}"#),
        "5b8808f3035fec2e4157c6b430a06d5b0de16d174e1a779e0e2b64d9983bde27",
    ),
    (
        "presence-cache-foobar",
        Some(r#"{"user_id":"10"}"#),
        "01d6b8ce6a668891d3ded2167ec0da3f4d90f5d6fb8f20ad4c1e7fdfebd1e976",
    ),
    (
        "presence-foobar",
        Some(r#"{"user_id":"é","user_info":{"n":"日本"}}"#),
        "1f674dc60db048d6764b599d37d4669cae906de709fb45e35051e9ce396c03e4",
    ),
];

#[test]
fn documented_channel_signatures_are_made_and_accepted() {
    for &(channel, data, signature) in CHANNELS {
        let auth = format!("{KEY}:{signature}");
        assert_eq!(sign_channel(KEY, &secret(), &socket_id(), channel, data), auth, "{channel}");
        assert_eq!(
            verify_channel(KEY, &secret().into(), &auth, &socket_id(), channel, data),
            Ok(()),
            "{channel}"
        );
    }
}

#[test]
fn empty_channel_data_is_not_signed() {
    let (channel, _, signature) = CHANNELS[0];
    let auth = format!("{KEY}:{signature}");
    assert_eq!(sign_channel(KEY, &secret(), &socket_id(), channel, Some("")), auth);
    assert_eq!(verify_channel(KEY, &secret().into(), &auth, &socket_id(), channel, Some("")), Ok(()));
}

#[test]
fn the_documented_user_signature_is_made_and_accepted() {
    let user = r#"{"id":"12345"}"#;
    let auth = format!("{KEY}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba");
    assert_eq!(sign_user(KEY, &secret(), &socket_id(), user), auth);
    assert_eq!(verify_user(KEY, &secret().into(), &auth, &socket_id(), user), Ok(()));
    assert!(verify_user(KEY, &secret().into(), &auth, &socket_id(), r#"{"id":"12346"}"#).is_err());
}

#[test]
fn a_wrong_auth_text_is_refused_in_the_words_of_hosted_pusher() {
    let check = |auth: &str, message: &str| {
        let error =
            verify_channel(KEY, &secret().into(), auth, &socket_id(), "private-foobar", None).unwrap_err();
        assert_eq!(error.to_string(), message, "{auth}");
    };
    let signature = CHANNELS[0].2;
    let refused = |given: &str| {
        format!(
            "Invalid signature: Expected HMAC SHA256 hex digest of 1234.1234:private-foobar, but got {given}"
        )
    };
    check("", "Missing auth data: expected <app key>:<HMAC SHA256 hex digest>");
    check("nonsense", "Malformed auth data: expected <app key>:<HMAC SHA256 hex digest>, but got 'nonsense'");
    check(&format!("other:{signature}"), "Invalid key in subscription auth data: 'other'");
    check(
        &format!("{}:{signature}", &KEY[1..]),
        "Invalid key in subscription auth data: '78d425bdf160c739803'",
    );
    check(&format!(":{signature}"), "Invalid key in subscription auth data: ''");
    check(&format!("{KEY}:"), &refused(""));
    check(&format!("{KEY}:{}", &signature[1..]), &refused(&signature[1..]));
    check(&format!("{KEY}:{signature}0"), &refused(&format!("{signature}0")));
    check(&format!("{KEY}:{}", signature.to_ascii_uppercase()), &refused(&signature.to_ascii_uppercase()));
    check(&format!("{KEY}:{}", CHANNELS[1].2), &refused(CHANNELS[1].2));
}

#[test]
fn a_signature_holds_for_one_connection_channel_and_data() {
    let data = Some(r#"{"user_id":"1"}"#);
    let auth = sign_channel(KEY, &secret(), &socket_id(), "presence-a", data);
    let verify = |socket_id: &str, channel, data| {
        verify_channel(KEY, &secret().into(), &auth, &socket_id.parse().unwrap(), channel, data)
    };
    assert_eq!(verify("1234.1234", "presence-a", data), Ok(()));
    assert!(verify("1234.1235", "presence-a", data).is_err());
    assert!(verify("1234.1234", "presence-b", data).is_err());
    assert!(verify("1234.1234", "presence-a", Some(r#"{"user_id":"2"}"#)).is_err());
    assert!(verify("1234.1234", "presence-a", None).is_err());
}

#[test]
fn while_a_secret_is_replaced_both_are_valid_and_no_other() {
    let [new, old, other] = ["new", "old", "other"].map(Secret::new);
    let secrets = Secrets::new(new.clone(), Some(old.clone()));
    let verify = |signed_with: &Secret, secrets: &Secrets| {
        let auth = sign_channel(KEY, signed_with, &socket_id(), "private-a", None);
        verify_channel(KEY, secrets, &auth, &socket_id(), "private-a", None).is_ok()
    };
    assert_eq!([&new, &old, &other].map(|secret| verify(secret, &secrets)), [true, true, false]);
    assert_eq!(secrets.oldest().expose(), "old");
    let secrets = Secrets::new(new.clone(), None);
    assert_eq!([&new, &old, &other].map(|secret| verify(secret, &secrets)), [true, false, false]);
    assert_eq!(secrets.oldest().expose(), "new");
}

#[test]
fn long_texts_are_cut_in_messages() {
    let auth = format!("{}:x", "é".repeat(10_000));
    let error = verify_channel(KEY, &secret().into(), &auth, &socket_id(), "private-a", None).unwrap_err();
    assert_eq!(error, InvalidSignature::Key(format!("{}…", "é".repeat(128))));

    let auth = format!("{KEY}:{}", "f".repeat(10_000));
    let data = "日".repeat(10_000);
    let error =
        verify_channel(KEY, &secret().into(), &auth, &socket_id(), "presence-a", Some(&data)).unwrap_err();
    assert!(error.to_string().chars().count() < 1300, "{error}");
}

#[test]
fn a_webhook_is_signed_over_its_body() {
    let body = br#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"my-channel"}]}"#;
    let signature = "c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf";
    assert!(is_signature_of(signature, &secret(), body));
    assert!(!is_signature_of(signature, &secret(), &body[1..]));
    assert!(!is_signature_of(signature, &Secret::new("other"), body));
    assert!(!is_signature_of(&signature[1..], &secret(), body));
    assert!(!is_signature_of("", &secret(), body));
}

#[test]
fn a_secret_does_not_show_itself() {
    assert_eq!(format!("{:?}", secret()), "Secret(..)");
    assert_eq!(secret().expose(), "7ad3773142a6692b25b8");
}
