//! Servers that do not take a client: what they say, and what to do about it.

use anyhow::anyhow;
use serde_json::Value;

use crate::target::Target;

/// The error of a message that should not have come; `is_greeted` tells whether the server had welcomed the client.
pub(crate) fn unexpected(message: &Value, target: &Target, is_greeted: bool) -> anyhow::Error {
    let advice = match message["data"]["code"].as_u64() {
        _ if message["event"] != "pusher:error" => String::new(),
        Some(4001) => format!(
            "\nIts applications do not have the key {}: --id, --key and --secret name one of them.",
            target.key
        ),
        Some(4009) if is_greeted => format!(
            "\nSubscriptions are signed for application {}: --id, --key and --secret have to be those of one of the \
             server's.",
            target.id
        ),
        // Before the welcome nothing is signed.
        Some(4009) => {
            let given = target.origin.as_deref().unwrap_or("none");
            format!(
                "\nIt does not take this origin ({given}): --origin names one that matches REVERB_APP_ALLOWED_ORIGINS at \
                 the server."
            )
        }
        _ => String::new(),
    };
    anyhow!("unexpected message: {message}{advice}")
}
