//! What an operator can watch, besides the outbox's own figures.

use std::{future::pending, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::{connections, outgoing::Outgoing};

const BOOKINGS: &str = "booking_bookings_total";
const PAYMENTS: &str = "booking_payments_total";
const REQUESTS: &str = "booking_http_requests_total";
const REQUEST_DURATION: &str = "booking_http_request_duration_seconds";

/// What can come of a booking.
const RESULTS: [&str; 7] = ["created", "full", "refused", "replayed", "cancelled", "expired", "completed"];
/// What the payment provider can answer.
const PAYMENT_RESULTS: [&str; 2] = ["paid", "failed"];
/// Upper bounds of the buckets for answers, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// How long the database may take for an answer to `/ready`.
const PATIENCE: Duration = Duration::from_secs(2);

/// Has all figures of this process collected, from now on; once per process.
///
/// # Errors
/// When something else collects them already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let duration = Matcher::Full(REQUEST_DURATION.to_owned());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(duration, &BUCKETS)?.install_recorder()?;
    describe_counter!(
        BOOKINGS,
        Unit::Count,
        "What came of bookings: created, full, refused, replayed, cancelled, expired, completed."
    );
    describe_counter!(PAYMENTS, Unit::Count, "What the payment provider answered: paid, failed.");
    describe_counter!(REQUESTS, Unit::Count, "Requests, by the template of their path, method and status.");
    describe_histogram!(
        REQUEST_DURATION,
        Unit::Seconds,
        "From the head of a request until the head of its answer, by the template of its path."
    );
    // So that the first increase is one: a series that begins with 1 has no rate.
    for result in RESULTS {
        counter!(BOOKINGS, "result" => result).absolute(0);
    }
    for result in PAYMENT_RESULTS {
        counter!(PAYMENTS, "result" => result).absolute(0);
    }
    Ok(handle)
}

/// Serves `/metrics` for Prometheus, and `/up` and `/ready`, until it is dropped. Once it is stopping it is not ready.
pub(crate) async fn serve(
    listener: TcpListener,
    figures: PrometheusHandle,
    outgoing: Outgoing,
    stopping: watch::Receiver<bool>,
) {
    let render = move || {
        let figures = figures.clone();
        async move {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.render())
                .into_response()
        }
    };
    let ready = move || {
        let (outgoing, stopping) = (outgoing.clone(), *stopping.borrow());
        async move { ready(&outgoing, stopping).await.into_response() }
    };
    let router = Router::new()
        .route("/metrics", get(render))
        .route("/up", get(async || axum::Json(serde_json::json!({ "health": "OK" }))))
        .route("/ready", get(ready));
    connections::serve(listener, router, pending()).await;
}

/// Whether requests can be answered: the database answers, and this is not the end.
async fn ready(outgoing: &Outgoing, stopping: bool) -> impl IntoResponse {
    let reason = match timeout(PATIENCE, outgoing.ping()).await {
        _ if stopping => "the application is shutting down",
        Ok(Ok(())) => return (StatusCode::OK, axum::Json(serde_json::json!({ "ready": true }))),
        // What exactly is in the log of whoever has tried something: the cause may tell where the database is.
        Ok(Err(_)) => "the database fails",
        Err(_) => "the database does not answer",
    };
    let body = serde_json::json!({ "ready": false, "reason": reason });
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body))
}

/// Counts what came of a booking.
pub(crate) fn booking(result: &'static str) {
    counter!(BOOKINGS, "result" => result).increment(1);
}

/// Counts an answer of the payment provider.
pub(crate) fn payment(result: &'static str) {
    counter!(PAYMENTS, "result" => result).increment(1);
}

/// Counts an answered request.
pub(crate) fn request(route: &str, method: &'static str, status: u16, took: Duration) {
    let (route, status) = (route.to_owned(), status.to_string());
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status).increment(1);
    histogram!(REQUEST_DURATION, "route" => route).record(took.as_secs_f64());
}
