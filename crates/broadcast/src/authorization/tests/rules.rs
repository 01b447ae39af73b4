use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::Access;

async fn check(router: &Router, user: Option<u64>, channel: &str, status: u16) {
    assert_eq!(status_of(router, asking(user, channel)).await, status, "{channel} for {user:?}");
}

#[tokio::test]
async fn what_no_rule_allows_is_refused() {
    let router = router(with_user_rule());
    check(&router, Some(1), "private-user.1", 200).await;
    check(&router, Some(1), "private-user.9", 403).await;
    check(&router, Some(1), "private-orders.1", 403).await;
    check(&router, Some(1), "private-", 403).await;
    check(&router, Some(1), "news", 403).await;
    check(&router, Some(1), "user.1", 403).await;
    check(&router, Some(1), "#server-to-user-1", 403).await;
    for channel in ["private-user.1", "private-orders.1", "news", "#server-to-user-1"] {
        check(&router, None, channel, 401).await;
    }
}

#[tokio::test]
async fn a_rule_is_for_one_kind_of_channel() {
    let private = router(authorizer().private("a", async |_: Joining| true));
    let presence = router(authorizer().presence("a", async |_: Joining| true));
    let encrypted = router(authorizer().encrypted("a", async |_: Joining| true));
    let channels = ["private-a", "presence-a", "private-encrypted-a"];
    for (allowed, router) in [&private, &presence, &encrypted].into_iter().enumerate() {
        for (asked, channel) in channels.into_iter().enumerate() {
            check(router, Some(1), channel, if asked == allowed { 200 } else { 403 }).await;
        }
    }
}

#[tokio::test]
async fn a_cache_channel_has_its_prefix_in_the_pattern() {
    let router = router(
        authorizer()
            .private("cache-prices.{id}", async |_: Joining, _id: u64| true)
            .presence("cache-prices.{id}", async |_: Joining, _id: u64| true),
    );
    check(&router, Some(1), "private-cache-prices.1", 200).await;
    check(&router, Some(1), "presence-cache-prices.1", 200).await;
    check(&router, Some(1), "private-prices.1", 403).await;
    check(&router, Some(1), "private-encrypted-cache-prices.1", 403).await;
}

#[tokio::test]
async fn the_first_rule_that_says_something_decides() {
    let say = |name: &'static str, access: Access| {
        move |join: Joining, _: String| {
            let access = access.clone();
            async move {
                join.state.note(name);
                access
            }
        }
    };
    let ask_all = async |answers: [Access; 3]| {
        let [first, second, third] = answers;
        let app = App::default();
        let router = authorizer()
            .private("{a}", say("first", first))
            .private("x{a}", say("other", Access::Allow))
            .private("o{a}", say("second", second))
            .private("{a}", say("third", third))
            .routes()
            .with_state(app.clone());
        (status_of(&router, asking(Some(1), "private-orders")).await, app.notes().join(" "))
    };
    use Access::{Allow, Deny, Skip};
    let expect = |status, notes: &str| (status, notes.to_owned());
    assert_eq!(ask_all([Allow, Deny, Deny]).await, expect(200, "first"));
    assert_eq!(ask_all([Deny, Allow, Allow]).await, expect(403, "first"));
    assert_eq!(ask_all([Skip, Allow, Deny]).await, expect(200, "first second"));
    assert_eq!(ask_all([Skip, Deny, Allow]).await, expect(403, "first second"));
    assert_eq!(ask_all([Skip, Skip, Allow]).await, expect(200, "first second third"));
    assert_eq!(ask_all([Skip, Skip, Skip]).await, expect(403, "first second third"));
}

#[tokio::test]
async fn a_handler_gets_the_parameters_in_their_order() {
    async fn handler(join: Joining, a: u64, b: String, c: bool, d: i8) -> Result<bool, io::Error> {
        join.state.note(format!("{a} {b} {c} {d} {} {} {:?}", join.channel, join.socket_id, join.user));
        Ok(true)
    }
    let app = App::default();
    let routes = authorizer().private("{a}.{b}-{c}.{d}", handler).routes();
    let router = routes.with_state(app.clone());
    check(&router, Some(1), "private-1.x-y-true.-5", 200).await;
    let expected = "1 x-y true -5 private-1.x-y-true.-5 1234.5678 User { id: 1, name: \"Ani\" }";
    assert_eq!(app.notes(), [expected]);
}

#[tokio::test]
async fn parameters_that_do_not_parse_leave_the_channel_to_the_next_rule() {
    let app = App::default();
    let routes = authorizer()
        .private("orders.{id}", async |join: Joining, _id: u64| {
            join.state.note("number");
            Access::Skip
        })
        .private("orders.{name}", async |join: Joining, name: String| {
            join.state.note(name);
            false
        })
        .routes();
    let router = routes.with_state(app.clone());
    check(&router, Some(1), "private-orders.7", 403).await;
    check(&router, Some(1), "private-orders.07", 403).await;
    check(&router, Some(1), "private-orders.mine", 403).await;
    assert_eq!(app.notes(), ["number", "7", "07", "mine"]);
}

#[test]
fn a_mistake_in_a_rule_stops_the_program_and_says_which() {
    let check = |expected: &str, register: &dyn Fn(ChannelAuthorizer<User, App>)| {
        let panic = catch_unwind(AssertUnwindSafe(|| register(authorizer()))).unwrap_err();
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        assert_eq!(message.as_deref(), Some(expected));
    };
    check("pattern `user.{id` of private channels has a `{` without its `}`", &|rules| {
        drop(rules.private("user.{id", async |_: Joining| true));
    });
    check(
        "pattern `presence-room.{id}` of presence channels begins with `presence-`; leave the prefix out, the method \
         that registers the rule says it",
        &|rules| drop(rules.presence("presence-room.{id}", async |_: Joining, _: u64| true)),
    );
    check("pattern `{a}.{b}` of encrypted channels has 2 parameters, and its handler takes 1", &|rules| {
        drop(rules.encrypted("{a}.{b}", async |_: Joining, _: u64| true));
    });
    check("`guarded_by` belongs behind a rule, and there is none yet", &|rules| {
        drop(rules.guarded_by([guard("user")]));
    });
    check("the rule `a` of private channels needs a guard: `guarded_by` has got an empty list", &|rules| {
        drop(rules.private("a", async |_: Joining| true).guarded_by([]));
    });
}

#[test]
fn debug_shows_the_rules_and_no_secret() {
    let shown = format!("{:?}", with_user_rule().presence("hall", async |_: Joining| true));
    assert!(shown.contains("the rule `user.{id}` of private channels"), "{shown}");
    assert!(shown.contains("the rule `hall` of presence channels"), "{shown}");
    assert!(!shown.contains("app-secret"), "{shown}");
}
