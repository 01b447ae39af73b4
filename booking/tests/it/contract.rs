//! The HTTP contract: every route, status, message and payload. Each test runs on SQLite and on PostgreSQL, and every
//! answer that it gets is checked against the OpenAPI document.

/// Runs test functions that take an [`Api`](api::Api) on both databases.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::contract::api::Api::new(crate::database::Kind::Sqlite).await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::contract::api::Api::new(crate::database::Kind::Postgres).await).await;
                }
            )+
        }
    };
}

mod admin;
mod api;
mod auth;
mod bookings;
mod broadcasting;
mod call;
pub(crate) mod document;
mod front_ends;
mod headers;
mod idempotency;
mod limits;
mod notifications;
mod online;
mod openapi;
mod pages;
mod requests;
mod sessions;
