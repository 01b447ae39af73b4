use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};

use super::*;
use crate::Access;

fn asking_with(headers: &[(&'static str, u64)], channel: &str) -> Request<Body> {
    let mut request = asking(None, channel);
    for &(name, value) in headers {
        request.headers_mut().insert(name, value.into());
    }
    request
}

/// A rule that tells the test who asks.
fn noting(authorizer: ChannelAuthorizer<User, App>, pattern: &str) -> ChannelAuthorizer<User, App> {
    authorizer.private(pattern, async |join: Joining| {
        join.state.note(join.user.id.to_string());
        true
    })
}

#[tokio::test]
async fn the_first_guard_of_a_rule_with_a_user_wins() {
    let app = App::default();
    let routes = noting(authorizer(), "a").guarded_by([guard("web"), guard("api")]).routes();
    let router = routes.with_state(app.clone());
    assert_eq!(status_of(&router, asking_with(&[("web", 1), ("api", 2)], "private-a")).await, 200);
    assert_eq!(status_of(&router, asking_with(&[("api", 2)], "private-a")).await, 200);
    assert_eq!(app.notes(), ["1", "2"]);
}

#[tokio::test]
async fn a_rule_with_guards_does_not_ask_the_default_one() {
    let app = App::default();
    let routes = noting(authorizer(), "a").guarded_by([guard("web")]).routes();
    let router = routes.with_state(app.clone());
    assert_eq!(status_of(&router, asking_with(&[("user", 1)], "private-a")).await, 401);
    assert_eq!((app.guard_runs(), app.notes().len()), (1, 0));
    assert_eq!(status_of(&router, asking_with(&[("user", 1)], "private-b")).await, 403);
}

#[tokio::test]
async fn a_rule_without_a_user_leaves_the_channel_to_the_next() {
    let app = App::default();
    let first = noting(authorizer(), "a").guarded_by([guard("web")]);
    let router = noting(first, "a").routes().with_state(app.clone());
    assert_eq!(status_of(&router, asking_with(&[("user", 1)], "private-a")).await, 200);
    assert_eq!(status_of(&router, asking_with(&[("user", 1), ("web", 2)], "private-a")).await, 200);
    assert_eq!(status_of(&router, asking_with(&[], "private-a")).await, 401);
    assert_eq!(app.notes(), ["1", "2"]);
}

#[tokio::test]
async fn a_user_who_is_known_to_one_rule_is_forbidden_not_unauthorized() {
    let routes = authorizer()
        .private("a", async |_: Joining| Access::Skip)
        .private("a", async |_: Joining| true)
        .guarded_by([guard("web")])
        .routes();
    let router = routes.with_state(App::default());
    assert_eq!(status_of(&router, asking_with(&[("user", 1)], "private-a")).await, 403);
}

#[tokio::test]
async fn a_guard_runs_once_per_request() {
    let (app, web) = (App::default(), guard("web"));
    let skip = async |_: Joining| Access::Skip;
    let routes = authorizer()
        .private("a", skip)
        .guarded_by([web.clone()])
        .private("a", skip)
        .guarded_by([guard("absent"), web.clone()])
        .private("a", skip)
        .private("a", skip)
        .guarded_by([guard("absent"), web])
        .routes();
    let router = routes.with_state(app.clone());
    assert_eq!(status_of(&router, asking_with(&[("user", 1), ("web", 2)], "private-a")).await, 403);
    // web, the default one, and two that are equal and not the same
    assert_eq!(app.guard_runs(), 4);
}

#[tokio::test]
async fn a_guard_runs_for_no_rule_that_does_not_match() {
    let app = App::default();
    let routes = with_user_rule().guarded_by([guard("web")]).routes();
    let router = routes.with_state(app.clone());
    assert_eq!(status_of(&router, asking_with(&[("user", 1)], "private-user.01")).await, 403);
    assert_eq!(app.guard_runs(), 1, "only the default guard, to tell 401 from 403");
}

#[tokio::test]
async fn an_extractor_serves_as_a_guard() {
    struct Extracted(User);

    impl FromRequestParts<App> for Extracted {
        type Rejection = Response;

        async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
            match user_of(&parts.headers, "user") {
                Some(user) if user.id == 5 => Err(StatusCode::SERVICE_UNAVAILABLE.into_response()),
                Some(user) if user.id == 6 => Err(Redirect::to("/login").into_response()),
                Some(user) => Ok(Self(user)),
                None => Err(StatusCode::UNAUTHORIZED.into_response()),
            }
        }
    }

    let authorizer = ChannelAuthorizer::new(credentials(), Guard::extractor(|Extracted(user)| user));
    let router = router(authorizer.private("a", async |_: Joining| true));
    assert_eq!(status_of(&router, asking(Some(1), "private-a")).await, 200);
    assert_eq!(status_of(&router, asking(None, "private-a")).await, 401);
    assert_eq!(
        status_of(&router, asking(Some(6), "private-a")).await,
        401,
        "to be sent to the login is no user"
    );
    assert_eq!(status_of(&router, asking(Some(5), "private-a")).await, 500);
}
