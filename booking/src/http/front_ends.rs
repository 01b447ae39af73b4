//! The front ends: pages and their files from a folder that a build has made.
//!
//! React's page is at `/`, Vue's at `/notifications`; each has its files in `assets/` below, whose names change with
//! their content. Beside a file may lie the same, compressed: `NAME.br`, `NAME.gz`.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    handler::HandlerWithoutStateExt as _,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{MethodRouter, get_service},
};
use tower_http::services::{ServeDir, ServeFile};

use super::{ClientConfig, error, headers::REVALIDATE};

/// What no page needs to ask its user for.
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A folder with both front ends, in `react` and `notifications`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontEnds {
    folder: PathBuf,
}

/// A front end is not where it should be.
#[derive(Debug, thiserror::Error)]
#[error("there is no page {}", page.display())]
pub struct NoFrontEnd {
    /// The file that is missing.
    pub page: PathBuf,
}

impl FrontEnds {
    /// The front ends in this folder.
    ///
    /// # Errors
    /// When one of them has no `index.html`.
    pub fn open(folder: &Path) -> Result<Self, NoFrontEnd> {
        for part in ["react", "notifications"] {
            let page = folder.join(part).join("index.html");
            if !page.is_file() {
                return Err(NoFrontEnd { page });
            }
        }
        Ok(Self { folder: folder.to_owned() })
    }
}

/// The routes of the pages and their files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(
    front_ends: &FrontEnds,
    config: &ClientConfig,
) -> Router<S> {
    let folder = &front_ends.folder;
    let policy: HeaderValue =
        policy(config).parse().expect("a host that is not visible ASCII is left out of the policy");
    let page = |name: &str| page(&folder.join(name).join("index.html"), policy.clone());
    Router::new()
        .route("/", page("react"))
        .route("/assets/{*file}", files(&folder.join("react")))
        .route("/notifications", page("notifications"))
        .route("/notifications/", page("notifications"))
        .route("/notifications/assets/{*file}", files(folder))
}

/// A page, which browsers ask for each time: it names the files that belong to it.
fn page<S: Clone + Send + Sync + 'static>(file: &Path, policy: HeaderValue) -> MethodRouter<S> {
    let page = ServeFile::new(file).precompressed_br().precompressed_gzip();
    get_service(page).layer(map_response(move |mut response: Response| {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, REVALIDATE);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        headers.insert(HeaderName::from_static("cross-origin-opener-policy"), SAME_ORIGIN);
        headers.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS);
        async { response }
    }))
}

/// Files that lie below the folder as their path says, and never change.
fn files<S: Clone + Send + Sync + 'static>(folder: &Path) -> MethodRouter<S> {
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .fallback(error::no_route.into_service());
    get_service(files).layer(map_response(async |mut response: Response| {
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
        }
        response
    }))
}

/// What a page may load and where it may connect: here, and to the WebSocket server.
fn policy(config: &ClientConfig) -> String {
    let connect = sockets(config);
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {connect}; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// The origins of the WebSocket server. Without TLS, pusher-js tries the same port with it when that fails.
fn sockets(config: &ClientConfig) -> String {
    let ClientConfig { host, port, scheme, .. } = config;
    let schemes: &[&str] = if scheme == "https" { &["wss:"] } else { &["ws:", "wss:"] };
    // A policy has no way to write an address of IPv6, or a name that is not ASCII.
    let can_be_written = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let origin = if can_be_written { format!("//{host}:{port}") } else { String::new() };
    schemes.iter().map(|scheme| format!("{scheme}{origin}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(scheme: &str, host: &str, port: u16) -> String {
        sockets(&ClientConfig {
            key: "key".to_owned(),
            host: host.to_owned(),
            port,
            scheme: scheme.to_owned(),
            path: String::new(),
            auth_endpoint: String::new(),
        })
    }

    #[test]
    fn a_page_may_connect_to_its_server_and_no_other() {
        assert_eq!(allowed("https", "ws.example.com", 443), "wss://ws.example.com:443");
        assert_eq!(allowed("http", "127.0.0.1", 8080), "ws://127.0.0.1:8080 wss://127.0.0.1:8080");
        assert_eq!(allowed("https", "::1", 443), "wss:");
        assert_eq!(allowed("http", "gema.bücher.example", 8080), "ws: wss:");
    }

    #[test]
    fn a_folder_without_a_page_is_no_front_end() {
        let folder = tempfile::tempdir().unwrap();
        let missing = |part: &str| {
            let text = FrontEnds::open(folder.path()).unwrap_err().to_string();
            assert!(text.ends_with(&format!("{part}/index.html")), "{text}");
        };
        missing("react");
        std::fs::create_dir(folder.path().join("react")).unwrap();
        std::fs::write(folder.path().join("react/index.html"), "").unwrap();
        missing("notifications");
        std::fs::create_dir_all(folder.path().join("notifications/index.html")).unwrap();
        missing("notifications");
    }
}
