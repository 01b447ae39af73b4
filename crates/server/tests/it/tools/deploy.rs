//! What is ready to be copied from `deploy`.

use super::run_with;
use crate::process::directory;

const SAMPLE: &str = include_str!("../../../../../deploy/gema.toml");

#[tokio::test]
async fn the_sample_of_settings_asks_for_credentials_and_is_right_with_them() {
    let directory = directory();
    let file = directory.path().join("gema.toml");
    std::fs::write(&file, SAMPLE).unwrap();
    run_with(&directory, &["config", "check"], |_| ())
        .await
        .failure(2, &["has 3 mistakes", "id (./gema.toml): is missing", "secret (./gema.toml): is missing"]);

    let filled = SAMPLE.replace("= \"\"", "= \"12345678\"");
    std::fs::write(&file, &filled).unwrap();
    let out = run_with(&directory, &["config", "check"], |_| ()).await.success();
    assert_eq!(out, "The configuration is right: application 12345678, on 127.0.0.1:8080.\n");

    // With all that is commented out, but for the certificate, which has to be there.
    let all: String = filled
        .lines()
        .filter(|line| !line.starts_with("#tls_"))
        .map(|line| {
            line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    assert!(all.contains("\n[[apps.webhooks]]\n") && all.contains("\nmax_connects_per_address"), "{all}");
    std::fs::write(&file, all).unwrap();
    run_with(&directory, &["config", "check"], |_| ()).await.success();
}
