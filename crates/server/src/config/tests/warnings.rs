//! What is taken as it is, with a warning.

use super::*;

fn warnings(config: &Config) -> Vec<String> {
    config.warnings.iter().map(ToString::to_string).collect()
}

/// The warnings of these variables, with an application.
fn warnings_with_app(pairs: &[(&str, &str)]) -> Vec<String> {
    warnings(&with_app(pairs))
}

#[test]
fn names_that_laravel_may_read_stop_nothing() {
    assert_eq!(warnings_with_app(&[]), <[&str; 0]>::default());
    for name in [
        "REVERB_BROADCAST_HOST",
        "REVERB_PUBLIC_HOST",
        "REVERB_APP_KEY_TWO",
        "REVERB_APP_KEY2",
        "REVERB_VERIFY_SSL",
    ] {
        let expected = format!("{name} (environment): has no effect here. For Laravel it may stay.");
        assert_eq!(warnings_with_app(&[(name, "s3cr3t")]), [expected]);
    }
    let origins = ("REVERB_ALLOWED_ORIGINS", "a.test");
    assert_eq!(
        warnings_with_app(&[origins]),
        [
            "REVERB_ALLOWED_ORIGINS (environment): has no effect here. If `REVERB_APP_ALLOWED_ORIGINS` is meant, set \
          that; for Laravel it may stay."
        ]
    );
    let both = warnings_with_app(&[origins, ("REVERB_APP_ALLOWED_ORIGINS", "a.test")]);
    assert_eq!(both, ["REVERB_ALLOWED_ORIGINS (environment): has no effect here. For Laravel it may stay."]);
}

#[test]
fn a_name_with_a_wrong_letter_or_two_is_a_mistake_unless_the_right_one_is_set() {
    for name in ["REVERB_SERVER_PROT", "REVERB_SERVRE_POR", "REVERBSERVER_PORT"] {
        let (environment, _) = Environment::layered(
            vars(&APP),
            Path::new(".env"),
            &format!("{name}=9000\nREVERB_SERVER_PORT=\n"),
        );
        let loaded = Config::load(&Flags::default(), &environment, None);
        if name.starts_with("REVERB_") {
            let expected = format!("{name} (.env): is not a setting. Did you mean `REVERB_SERVER_PORT`?");
            assert_eq!(messages(loaded), [expected]);
        } else {
            assert_eq!(warnings(&loaded.unwrap()), <[&str; 0]>::default(), "it may be anybody's");
        }
    }
    let right = warnings_with_app(&[("REVERB_SERVER_PORT", "9000"), ("REVERB_SERVER_PROT", "9000")]);
    assert_eq!(right, ["REVERB_SERVER_PROT (environment): has no effect here. For Laravel it may stay."]);
    // One that would change nothing anyway.
    assert_eq!(warnings_with_app(&[("REVERB_SCALING_CHANEL", "x")]).len(), 1);
}

#[test]
fn the_application_of_another_broadcaster_is_none_of_ours() {
    let pusher = [("PUSHER_APP_ID", "1"), ("PUSHER_APP_KEY", ""), ("PUSHER_APP_SECRET", "s3cr3t")];
    let config = Config::load(&Flags::default(), &vars(&pusher), None).unwrap();
    assert!(config.development);
    assert_eq!(
        warnings(&config),
        [
            "PUSHER_APP_ID, PUSHER_APP_SECRET (environment): makes no application here, so there is the development \
          application only, which refuses its clients. Set REVERB_APP_ID, REVERB_APP_KEY and REVERB_APP_SECRET to the \
          same values."
        ]
    );
    assert_eq!(warnings_with_app(&pusher), <[&str; 0]>::default());
    let none = vars(&[("PUSHER_APP_ID", "null"), ("PUSHER_APP_KEY", "")]);
    assert_eq!(warnings(&Config::load(&Flags::default(), &none, None).unwrap()), <[&str; 0]>::default());
}
