use std::io::Write;

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// What has been logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The answer to a request, which has to be a 500 without details, and what went to the log.
async fn logged(authorizer: ChannelAuthorizer<User, App>, request: Request<Body>) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let router = router(authorizer);
    let answer = {
        let _logging = tracing::subscriber::set_default(subscriber);
        ask(&router, request).await
    };
    assert_eq!(answer, (500, json!({ "message": "Server Error" })));
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_cause_of_a_failed_handler_goes_to_the_log_only() {
    let failing = async |_: Joining| Err::<bool, _>(io::Error::other("the database is gone"));
    let log = logged(authorizer().private("a", failing), asking(Some(1), "private-a")).await;
    assert!(log.contains("ERROR") && log.contains("the database is gone"), "{log}");
    assert!(log.contains("The handler of channel `private-a` has failed"), "{log}");
}

#[tokio::test]
async fn a_handler_that_fails_does_not_leave_the_channel_to_the_next_rule() {
    let rules = authorizer()
        .private("a", async |_: Joining| Err::<bool, _>("no"))
        .private("a", async |_: Joining| true);
    assert_eq!(status_of(&router(rules), asking(Some(1), "private-a")).await, 500);
}

#[tokio::test]
async fn the_cause_of_a_failed_guard_goes_to_the_log_only() {
    let failing = Guard::new(async |_, app: App| {
        app.guard_runs.fetch_add(1, Ordering::Relaxed);
        Err::<Option<User>, _>("no session store")
    });
    let rules =
        || ChannelAuthorizer::new(credentials(), failing.clone()).private("a", async |_: Joining| true);
    let log = logged(rules(), asking(Some(1), "private-a")).await;
    assert!(log.contains("no session store"), "{log}");
    let log = logged(rules(), asking(Some(1), "private-unknown")).await;
    assert!(log.contains("no session store"), "{log}");

    let app = App::default();
    let router = rules().routes().with_state(app.clone());
    let names = json!({ "socket_id": "1.2", "channel_names": ["private-a", "private-b"] });
    let failed = json!({ "status": 500, "message": "Server Error" });
    let expected = json!({ "channels": { "private-a": failed, "private-b": failed } });
    assert_eq!(ask(&router, json(Some(1), &names)).await, (200, expected));
    assert_eq!(app.guard_runs(), 1, "a guard that has failed is not asked again");
}

#[tokio::test]
async fn an_encrypted_channel_without_a_key_is_a_500_and_the_log_says_what_is_missing() {
    let credentials = Credentials { encryption_key: None, ..credentials() };
    let rules = ChannelAuthorizer::new(credentials, guard("user")).encrypted("a", async |_: Joining| true);
    let log = logged(rules, asking(Some(1), "private-encrypted-a")).await;
    assert!(log.contains("BROADCAST_ENCRYPTION_KEY"), "{log}");
}

#[tokio::test]
async fn a_user_whose_id_cannot_be_broadcast_is_no_member() {
    #[derive(Clone)]
    struct Named(String);

    impl BroadcastUser for Named {
        fn broadcast_id(&self) -> String {
            self.0.clone()
        }
    }

    for (id, status) in [(String::new(), 500), ("a".repeat(129), 500), ("é".repeat(128), 200)] {
        let named = Named(id);
        let guard = Guard::new(move |_, ()| {
            let named = named.clone();
            async move { Ok::<_, io::Error>(Some(named)) }
        });
        let rules = ChannelAuthorizer::new(credentials(), guard)
            .presence("a", async |_: Join<Named, ()>| true)
            .routes();
        assert_eq!(status_of(&rules.with_state(()), asking(None, "presence-a")).await, status);
    }
}

#[tokio::test]
async fn a_panic_grants_nothing() {
    async fn panicking(_: Joining) -> bool {
        panic!("a handler's own mistake")
    }
    let rules = authorizer().private("a", panicking).private("a", async |_: Joining| true);
    let router = router(rules);
    let answer = tokio::spawn(async move { router.oneshot(asking(Some(1), "private-a")).await }).await;
    assert!(answer.unwrap_err().is_panic());
}
