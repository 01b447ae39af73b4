//! What is there from the start, so that the first increase is one: a series that begins with 1 has no rate, and an alert
//! that waits for it does not see the first loss.

use std::time::SystemTime;

use gema_hub::App;

use super::{
    AuthorizationLabels, Direction, DirectionLabels, Dropped, DroppedLabels, Handshake, HandshakeLabels,
    Limit, LimitLabels, Method, Metrics, PublishLabels, PublishResult, RequestLabels, Source, StatusClass,
    Told, ToldLabels, Unauthorized, WebhookLabels, WebhookResult,
};
use crate::http::ROUTES;

impl Metrics {
    /// Begins with 0 what has labels that are known beforehand.
    pub(super) fn begin(&self) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        self.process_start_time.set(now.as_secs_f64());
        for &limit in Limit::ALL {
            drop(self.limits_hit.get_or_create(&LimitLabels { limit }));
        }
        for &reason in Unauthorized::ALL {
            drop(self.authorization_failures.get_or_create(&AuthorizationLabels { reason }));
        }
        for &result in Handshake::ALL {
            drop(self.tls_handshakes.get_or_create(&HandshakeLabels { result }));
        }
        for &direction in Direction::ALL {
            drop(self.websocket_messages.get_or_create(&DirectionLabels { direction }));
            drop(self.websocket_bytes.get_or_create(&DirectionLabels { direction }));
        }
        self.begin_webhooks();
        self.begin_requests();
    }

    fn begin_webhooks(&self) {
        for &event in Told::ALL {
            drop(self.webhook_events.get_or_create(&ToldLabels { event }));
        }
        for &result in WebhookResult::ALL {
            drop(self.webhook_requests.get_or_create(&WebhookLabels { result }));
        }
        for &reason in Dropped::ALL {
            drop(self.webhook_dropped.get_or_create(&DroppedLabels { reason }));
        }
    }

    /// Of requests only those that fail: the others are many series, and no alert waits for the first of them.
    fn begin_requests(&self) {
        let status = StatusClass::ServerError;
        for route in ROUTES {
            for method in [Method::Get, Method::Post] {
                drop(self.http_requests.get_or_create(&RequestLabels { route, method, status }));
            }
        }
    }

    /// Begins with 0 what comes of an application's events.
    pub(super) fn begin_app(&self, app: &App) {
        for &source in Source::ALL {
            for &result in PublishResult::ALL {
                let labels = PublishLabels { app_id: app.id.clone(), source, result };
                drop(self.publishes.get_or_create(&labels));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::MetricType;

    use super::*;
    use crate::metrics::DECLARED;

    #[test]
    fn every_counter_whose_labels_are_known_is_there_from_the_start() {
        let text = Metrics::for_shards(1).encode().unwrap();
        let mut checked = 0;
        for metric in DECLARED.iter().filter(|metric| matches!(metric.kind, MetricType::Counter)) {
            let [label] = metric.labels else { continue };
            for value in label.values {
                let line = format!("{}{{{}=\"{value}\"}} 0\n", metric.name(), label.name);
                assert!(text.contains(&line), "no {line}");
                checked += 1;
            }
        }
        assert!(checked > 40, "{checked} series");
    }

    #[test]
    fn the_start_is_told_without_the_help_of_the_system() {
        let before = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
        let started = Metrics::new().process_start_time.get();
        assert!((before..before + 60.0).contains(&started), "{started}");
    }
}
