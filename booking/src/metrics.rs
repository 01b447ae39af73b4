//! What an operator can watch, besides the outbox's own figures.

use std::future::Future;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use metrics::{Unit, counter, describe_counter};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::connections;

const BOOKINGS: &str = "booking_bookings_total";
const PAYMENTS: &str = "booking_payments_total";

/// Has all figures of this process collected, from now on; once per process.
///
/// # Errors
/// When something else collects them already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    describe_counter!(
        BOOKINGS,
        Unit::Count,
        "What came of bookings: created, full, refused, replayed, cancelled, expired, completed."
    );
    describe_counter!(PAYMENTS, Unit::Count, "What the payment provider answered: paid, failed.");
    Ok(handle)
}

/// Serves `/metrics`, for Prometheus.
pub(crate) async fn serve(
    listener: TcpListener,
    figures: PrometheusHandle,
    shutdown: impl Future<Output = ()>,
) {
    let render = move || {
        let figures = figures.clone();
        async move {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.render())
                .into_response()
        }
    };
    connections::serve(listener, Router::new().route("/metrics", get(render)), shutdown).await;
}

/// Counts what came of a booking.
pub(crate) fn booking(result: &'static str) {
    counter!(BOOKINGS, "result" => result).increment(1);
}

/// Counts an answer of the payment provider.
pub(crate) fn payment(result: &'static str) {
    counter!(PAYMENTS, "result" => result).increment(1);
}
