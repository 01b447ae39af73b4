//! Pages and their files, which are no part of the OpenAPI document.

use std::{fs, path::Path};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request},
};
use booking::http::FrontEnds;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::api::Api;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self' wss://ws.example.com:443; manifest-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

struct Site {
    api: Api,
    /// Held so that it stays.
    folder: TempDir,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Page {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("web").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("react/index.html", "<title>React</title>");
        write("react/index.html.br", "brotli of React");
        write("react/assets/index-1a2b.js", "react()");
        write("react/assets/index-1a2b.js.gz", "gzip of react()");
        write("react/assets/index-1a2b.css", "a{}");
        write("react/secret.txt", "secret");
        write("notifications/index.html", "<title>Vue</title>");
        write("notifications/assets/index-3c4d.js", "vue()");
        write("notifications/secret.txt", "secret");
        write("secret.txt", "secret");
        write("../secret.txt", "secret");
        let front_ends = FrontEnds::open(&folder.path().join("web")).unwrap();
        let api = Api::new(crate::database::Kind::Sqlite).await;
        let api = api.with_options(|options| options.front_ends = Some(front_ends));
        Self { api, folder }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        assert_eq!(parts.headers["x-content-type-options"], "nosniff", "{path}");
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Page { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[]).await
    }
}

#[tokio::test]
async fn each_front_end_has_its_page() {
    let site = Site::new().await;
    for (path, title) in
        [("/", "React"), ("/notifications", "Vue"), ("/notifications/", "Vue"), ("/?next=x", "React")]
    {
        let page = site.get(path).await;
        assert_eq!((page.status, page.text()), (200, &*format!("<title>{title}</title>")), "{path}");
        for (name, expected) in [
            ("content-type", "text/html"),
            ("cache-control", "no-cache"),
            ("content-security-policy", POLICY),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(page.header(name), Some(expected), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_and_have_their_types() {
    let site = Site::new().await;
    for (path, content_type, text) in [
        ("/assets/index-1a2b.js", "text/javascript", "react()"),
        ("/assets/index-1a2b.css", "text/css", "a{}"),
        ("/notifications/assets/index-3c4d.js", "text/javascript", "vue()"),
    ] {
        let file = site.get(path).await;
        assert_eq!((file.status, file.text()), (200, text), "{path}");
        assert_eq!(file.header("content-type"), Some(content_type), "{path}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
    }
}

#[tokio::test]
async fn what_was_compressed_goes_to_those_who_can_read_it() {
    let site = Site::new().await;
    let accept = [("accept-encoding", "gzip, deflate, br, zstd")];
    for (path, encoding, text, content_type) in [
        ("/", Some("br"), "brotli of React", "text/html"),
        ("/assets/index-1a2b.js", Some("gzip"), "gzip of react()", "text/javascript"),
        ("/assets/index-1a2b.css", None, "a{}", "text/css"),
    ] {
        let page = site.send("GET", path, &accept).await;
        assert_eq!((page.status, page.text()), (200, text), "{path}");
        assert_eq!(page.header("content-encoding"), encoding, "{path}");
        assert_eq!(page.header("content-type"), Some(content_type), "{path}");
        assert_eq!(page.header("vary"), Some("accept-encoding"), "{path}");
        assert_eq!(site.get(path).await.header("content-encoding"), None, "{path}");
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let site = Site::new().await;
    for path in ["/", "/notifications", "/assets/index-1a2b.js"] {
        let page = site.get(path).await;
        let head = site.send("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(&*page.body.len().to_string()), "{path}");
        assert_eq!(head.header("etag"), page.header("etag"), "{path}");
        for (name, value) in
            [("if-none-match", page.header("etag")), ("if-modified-since", page.header("last-modified"))]
        {
            let again = site.send("GET", path, &[(name, value.unwrap())]).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {name}");
            assert_eq!(again.header("cache-control"), page.header("cache-control"), "{path} {name}");
        }
        let other = site.send("GET", path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[tokio::test]
async fn nothing_else_of_the_folder_or_above_it_is_served() {
    let site = Site::new().await;
    assert!(site.folder.path().join("secret.txt").is_file());
    for path in [
        "/secret.txt",
        "/index.html",
        "/react/index.html",
        "/notifications/secret.txt",
        "/assets",
        "/assets/",
        "/assets/nowhere.js",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/..%5csecret.txt",
        "/assets/../../../secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/x%00.js",
        "/notifications/assets/",
        "/notifications/assets/../secret.txt",
        "/notifications/assets/..%2f..%2fsecret.txt",
        "/notifications/assets/..%2f..%2freact%2fassets%2findex-1a2b.js",
        "/notifications/nowhere",
    ] {
        let page = site.get(path).await;
        assert_eq!(page.status, 404, "{path}: {}", page.text());
        assert_eq!(page.header("content-type"), Some("application/json"), "{path}");
        assert!(page.text().starts_with(r#"{"message":"The route "#), "{path}: {}", page.text());
        assert_eq!(page.header("cache-control"), None, "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        for path in ["/", "/assets/index-1a2b.js", "/notifications"] {
            assert_eq!(site.send(method, path, &[]).await.status, 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_a_folder_there_are_no_pages() {
    let site = Site::new().await;
    let api = site.api.with_options(|_| {});
    for path in ["/", "/notifications", "/assets/index-1a2b.js"] {
        let path_of_message = path.trim_start_matches('/');
        let message = format!("The route {path_of_message} could not be found.");
        api.get(path).await.expect_message(404, &message);
    }
}

#[tokio::test]
async fn the_documentation_has_a_policy_of_its_own() {
    let site = Site::new().await;
    let page = site.get("/api/docs/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert_eq!(page.status, 200);
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'"),
        "{policy}"
    );
    assert!(!page.text().contains("<script>"), "an inline script would not run: {}", page.text());
}

#[test]
fn a_folder_that_was_not_built_is_told() {
    let error = FrontEnds::open(Path::new("/nowhere")).unwrap_err();
    assert_eq!(error.to_string(), "there is no page /nowhere/react/index.html");
}
