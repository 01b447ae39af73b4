//! What docs/migrating-from-reverb.md promises.

use gema_testkit::{ApiClient, Credentials, PusherClient, WebSocket};
use tokio::net::TcpStream;

use super::run_with;
use crate::process::{Process, directory};

/// A `.env` as `laravel new` and `php artisan reverb:install` leave it, with what Reverb's settings can do besides.
const ENV: &str = r#"APP_NAME=Laravel
APP_ENV=local
APP_KEY=base64:pG0OQm3nGkqLwqBPFbUNHmVbW2hVQjv7nJkXmRlTcXE=
APP_DEBUG=true
APP_URL=http://localhost

LOG_CHANNEL=stack
LOG_STACK=single
DB_CONNECTION=sqlite
# DB_HOST=127.0.0.1
SESSION_DRIVER=database
SESSION_DOMAIN=null

BROADCAST_CONNECTION=reverb
QUEUE_CONNECTION=database

REDIS_CLIENT=phpredis
REDIS_HOST=127.0.0.1
REDIS_PASSWORD=null
REDIS_PORT=6379

MAIL_FROM_NAME="${APP_NAME}"
AWS_USE_PATH_STYLE_ENDPOINT=false

VITE_APP_NAME="${APP_NAME}"

REVERB_APP_ID=682345
REVERB_APP_KEY=v3zqkcbnfnlcsbdnp9ym
REVERB_APP_SECRET=b6tqgxkbv2zqvqg4xjmn
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http

VITE_REVERB_APP_KEY="${REVERB_APP_KEY}"
VITE_REVERB_HOST="${REVERB_HOST}"
VITE_REVERB_PORT="${REVERB_PORT}"
VITE_REVERB_SCHEME="${REVERB_SCHEME}"

REVERB_SERVER_HOST=0.0.0.0
REVERB_SCALING_ENABLED=false
REVERB_PULSE_INGEST_INTERVAL=15
# Read by config/broadcasting.php of this application.
REVERB_VERIFY_SSL=false
"#;

#[tokio::test]
async fn the_environment_of_a_reverb_application_works_as_it_is() {
    let directory = directory();
    std::fs::write(directory.path().join(".env"), ENV).unwrap();
    run_with(&directory, &["config", "check"], |_| ()).await.success();
    // As in the Supervisor configuration of Reverb, without `php artisan`; the port is another one, for a test.
    let mut process =
        Process::start(&directory, &["reverb:start", "--host=127.0.0.1", "--port=0", "--no-interaction"]);
    let address = process.address();
    process.line_with("id 682345, key v3zqkcbnfnlcsbdnp9ym");
    process.log_with("REVERB_VERIFY_SSL (./.env): has no effect here");
    let app = Credentials::new("682345", "v3zqkcbnfnlcsbdnp9ym", "b6tqgxkbv2zqvqg4xjmn");
    let stream = TcpStream::connect(address).await.unwrap();
    let socket = WebSocket::open(stream, &format!("/app/{}?protocol=7", app.key), &[]).await;
    let mut client = PusherClient::greet(socket, app.clone()).await;
    client.subscribe("private-orders.1").await;
    ApiClient::new(address, "", app).trigger("private-orders.1", "App\\Events\\OrderShipped", "{}").await;
    client.expect_event("App\\Events\\OrderShipped").await;
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
    assert_eq!(std::fs::read_to_string(directory.path().join(".env")).unwrap(), ENV, "nobody writes to it");
}
