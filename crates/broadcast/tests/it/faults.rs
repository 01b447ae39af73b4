//! What happens when the server does not do its part.

use std::time::Duration;

use gema_broadcast::{BroadcastError, Broadcaster, Channel, Message, ReverbConnection};
use gema_testkit::eventually;
use tokio::net::TcpSocket;

use crate::{
    scripted::{
        OK, Scripted,
        Step::{Answer, HangUp, Silence},
    },
    setup::{OrderShipped, broadcaster, connection},
};

fn message() -> Message {
    Message::new("Ping", Channel::public("news"), &1).unwrap().unwrap()
}

async fn scripted(steps: &[crate::scripted::Step]) -> (Scripted, Broadcaster) {
    let server = Scripted::start(steps.iter().copied()).await;
    let broadcaster = broadcaster(connection(server.address));
    (server, broadcaster)
}

#[tokio::test]
async fn a_server_that_is_busy_twice_gets_the_event_the_third_time() {
    let (server, broadcaster) = scripted(&[Answer(503, "busy"), Answer(502, ""), OK]).await;
    broadcaster.send(&message()).await.unwrap();
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn the_last_of_the_retries_decides() {
    let (server, broadcaster) = scripted(&[HangUp, Answer(503, "busy"), Answer(500, "broken"), OK]).await;
    let error = broadcaster.send(&message()).await.unwrap_err();
    assert_eq!(error.to_string(), "the server answered 500: broken");
    assert!(error.is_retryable() && !error.is_unreachable() && !error.is_event_refused());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn what_the_server_refuses_is_not_sent_again() {
    for (status, event_refused) in
        [(400, true), (401, false), (403, false), (404, false), (413, true), (422, true), (429, false)]
    {
        let (server, broadcaster) = scripted(&[Answer(status, r#"{"error":"why"}"#), OK]).await;
        let error = broadcaster.send(&message()).await.unwrap_err();
        assert_eq!(error.to_string(), format!(r#"the server answered {status}: {{"error":"why"}}"#));
        assert_eq!(error.is_event_refused(), event_refused, "{status}");
        assert!(!error.is_retryable() && !error.is_unreachable() && !error.is_server_absent());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_proxy_without_its_server_answers_in_its_place() {
    for (status, absent) in [(500, false), (501, false), (502, true), (503, true), (504, true), (505, false)]
    {
        let (_server, broadcaster) = scripted(&[Answer(status, "")]).await;
        let error = broadcaster.send_once(&message()).await.unwrap_err();
        assert_eq!(error.is_server_absent(), absent, "{status}");
        assert!(!error.is_unreachable());
    }
}

#[tokio::test]
async fn only_200_with_an_object_is_a_success() {
    for step in [Answer(201, "{}"), Answer(202, ""), Answer(302, "{}"), Answer(200, ""), Answer(200, "[]")] {
        let (server, broadcaster) = scripted(&[step, OK]).await;
        let error = broadcaster.send(&message()).await.unwrap_err();
        assert!(
            error.to_string().contains("server answered 2") || error.to_string().contains("302"),
            "{error}"
        );
        assert!(!error.is_retryable() && !error.is_unreachable() && !error.is_event_refused(), "{error}");
        assert_eq!(server.requests().len(), 1, "{step:?}");
    }
    let (_server, broadcaster) = scripted(&[Answer(200, "<html>")]).await;
    let error = broadcaster.send(&message()).await.unwrap_err();
    assert!(matches!(&error, BroadcastError::Answer { body, .. } if body == "<html>"), "{error}");
}

#[tokio::test]
async fn a_long_answer_is_cut_in_the_error() {
    let long: &'static str = "é".repeat(10_000).leak();
    let (_server, broadcaster) = scripted(&[Answer(400, long)]).await;
    match broadcaster.send(&message()).await.unwrap_err() {
        BroadcastError::Status { body, .. } => assert_eq!(body, "é".repeat(500)),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_it() {
    let endless: &'static str = format!(r#"{{"data":"{}"}}"#, "a".repeat(2 << 20)).leak();
    let (_server, broadcaster) = scripted(&[Answer(200, endless), Answer(400, endless)]).await;
    match broadcaster.send(&message()).await.unwrap_err() {
        BroadcastError::Answer { reason, body } => {
            assert_eq!(reason, "it is longer than 1048576 bytes");
            assert_eq!(body, endless[..500]);
        }
        other => panic!("{other}"),
    }
    match broadcaster.send(&message()).await.unwrap_err() {
        BroadcastError::Status { status: 400, body } => assert_eq!(body, endless[..500]),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn send_once_does_not_try_again() {
    let (server, broadcaster) = scripted(&[Answer(503, "busy"), OK]).await;
    assert!(broadcaster.send_once(&message()).await.unwrap_err().is_retryable());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_is_lost_is_tried_again() {
    let (server, broadcaster) = scripted(&[HangUp, OK]).await;
    broadcaster.send(&message()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up_after_the_timeout() {
    let server = Scripted::start([Silence, Silence]).await;
    // Long enough for the request to arrive before it is given up.
    let timeout = Duration::from_secs(1);
    let connection = ReverbConnection { timeout, retries: 1, ..connection(server.address) };
    let error = broadcaster(connection).send(&message()).await.unwrap_err();
    assert!(error.is_unreachable() && error.is_retryable() && !error.is_event_refused());
    assert!(error.to_string().contains("timed out"), "{error}");
    eventually(2, async || server.requests().len()).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_cannot_be_reached() {
    // Bound but not listening: nobody else gets the port, and nobody answers.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let error = broadcaster(connection(address)).send(&message()).await.unwrap_err();
    assert!(error.is_unreachable() && error.is_server_absent());
    assert!(error.is_retryable() && !error.is_event_refused());
    let expected = format!("the server at http://{address} cannot be reached: cannot connect (");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.to_string().contains("refused") && !error.to_string().contains("auth_"), "{error}");
}

#[tokio::test]
async fn an_error_says_which_of_several_requests_has_failed() {
    let (server, broadcaster) = scripted(&[OK, Answer(413, "too large"), OK]).await;
    let channels = (1..=150).map(|number| Channel::public(format_args!("orders.{number}")));
    let event = OrderShipped::on(channels.chain([Channel::encrypted("vault")]));
    let error = broadcaster.broadcast(&event).await.unwrap_err();
    let expected = "request 2 of 3 (`orders.101`, `orders.102`, `orders.103` and 47 more) has failed: \
                    the server answered 413: too large";
    assert_eq!(error.to_string(), expected);
    assert!(error.is_event_refused());
    assert_eq!(server.requests().len(), 2, "nothing is sent after a failure");
}

#[tokio::test]
async fn an_error_says_which_entries_of_a_batch_have_failed() {
    let (_server, broadcaster) = scripted(&[OK, HangUp, HangUp, HangUp]).await;
    let error = broadcaster.batch(&vec![message(); 12]).await.unwrap_err();
    assert!(error.to_string().starts_with("request 2 of 2 (entries 11 to 12) has failed: "), "{error}");
    assert!(error.is_unreachable());
}
