//! A double of an ACME directory (RFC 8555): it issues a certificate to whoever shows the answer to its challenge over
//! TLS (RFC 8737), and refuses everything that the real ones refuse on this way.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, head, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use gema_testkit::TestAuthority;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rcgen::CertificateSigningRequestParams;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, CertificateSigningRequestDer, ServerName},
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::insecure;

/// The identifier of the extension that holds the answer to a challenge.
const ACME_IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";

/// A running directory.
pub(super) struct Directory(Arc<Shared>);

struct Shared {
    authority: Arc<TestAuthority>,
    address: SocketAddr,
    /// Where the names of all orders lead.
    target: watch::Sender<Option<SocketAddr>>,
    nonces: Mutex<HashSet<String>>,
    count: AtomicUsize,
    orders: Mutex<Vec<Order>>,
    /// The key of the only account: x and y.
    account: Mutex<Option<(String, String)>>,
    refusals: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Order {
    names: Vec<String>,
    /// Which of them are proven.
    valid: Vec<bool>,
    certificate: Option<String>,
}

struct Json(Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([("content-type", "application/json")], self.0.to_string()).into_response()
    }
}

/// Why a request is refused.
struct Refused(String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "type": "urn:ietf:params:acme:error:malformed", "detail": self.0 });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

impl Directory {
    /// A directory whose own certificate and whose issued ones are of this authority.
    pub(super) async fn start(authority: Arc<TestAuthority>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            address: listener.local_addr().unwrap(),
            target: watch::channel(None).0,
            nonces: Mutex::default(),
            count: AtomicUsize::new(0),
            orders: Mutex::default(),
            account: Mutex::default(),
            refusals: Mutex::default(),
            authority,
        });
        let certificate = shared.authority.issue("directory", &["localhost"]).load().unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certificate.key)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let router = Router::new()
            .route("/directory", get(index))
            .route("/nonce", head(async |State(shared): State<Arc<Shared>>| [shared.nonce()]))
            .route("/account", post(account))
            .route("/order", post(order))
            .route("/order/{order}", post(show_order))
            .route("/authorization/{order}/{name}", post(authorization))
            .route("/challenge/{order}/{name}", post(challenge))
            .route("/finalize/{order}", post(finalize))
            .route("/certificate/{order}", post(certificate_of))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, router) = (acceptor.clone(), router.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = TowerToHyperService::new(router);
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self(shared)
    }

    pub(super) fn url(&self) -> String {
        self.0.url("directory")
    }

    /// From now on names lead there; a challenge waits for it.
    pub(super) fn look_at(&self, target: SocketAddr) {
        self.0.target.send_replace(Some(target));
    }

    /// How many certificates have been ordered.
    pub(super) fn orders(&self) -> usize {
        self.0.orders.lock().unwrap().len()
    }

    /// What has been refused.
    pub(super) fn refusals(&self) -> Vec<String> {
        self.0.refusals.lock().unwrap().clone()
    }
}

impl Shared {
    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.address.port())
    }

    fn nonce(&self) -> (&'static str, String) {
        let nonce = format!("nonce-{}", self.count.fetch_add(1, Ordering::Relaxed));
        self.nonces.lock().unwrap().insert(nonce.clone());
        ("replay-nonce", nonce)
    }

    fn refuse<T>(&self, why: impl Into<String>) -> Result<T, Refused> {
        let why = why.into();
        self.refusals.lock().unwrap().push(why.clone());
        Err(Refused(why))
    }

    /// The payload of a request whose signature is right: that of the account, or of the key that it brings.
    fn payload(&self, headers: &HeaderMap, body: &[u8], path: &str) -> Result<Value, Refused> {
        if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/jose+json") {
            return self.refuse("the content type is another");
        }
        let body: Value = serde_json::from_slice(body).unwrap();
        let part = |name: &str| body[name].as_str().unwrap();
        let decoded = |text: &str| BASE64.decode(text).unwrap();
        let protected: Value = serde_json::from_slice(&decoded(part("protected"))).unwrap();
        if !self.nonces.lock().unwrap().remove(protected["nonce"].as_str().unwrap()) {
            return self.refuse("the nonce has been used, or was never given");
        }
        if protected["url"] != self.url(path) || protected["alg"] != "ES256" {
            return self.refuse(format!("signed for another address: {protected}"));
        }
        let (x, y) = match protected["jwk"].as_object() {
            Some(jwk) if path == "account" => {
                (jwk["x"].as_str().unwrap().to_owned(), jwk["y"].as_str().unwrap().to_owned())
            }
            None if protected["kid"] == self.url("account/1") => {
                self.account.lock().unwrap().clone().unwrap()
            }
            _ => return self.refuse("no key, or another one's"),
        };
        let point = [&[4][..], &decoded(&x), &decoded(&y)].concat();
        let signed = format!("{}.{}", part("protected"), part("payload"));
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        if key.verify(signed.as_bytes(), &decoded(part("signature"))).is_err() {
            return self.refuse("the signature is wrong");
        }
        if path == "account" {
            *self.account.lock().unwrap() = Some((x, y));
        }
        Ok(serde_json::from_slice(&decoded(part("payload"))).unwrap_or(Value::Null))
    }

    fn order_body(&self, number: usize) -> Value {
        let orders = self.orders.lock().unwrap();
        let order = &orders[number];
        let status = match (&order.certificate, order.valid.iter().all(|valid| *valid)) {
            (Some(_), _) => "valid",
            (None, true) => "ready",
            (None, false) => "pending",
        };
        let authorizations: Vec<_> =
            (0..order.names.len()).map(|name| self.url(&format!("authorization/{number}/{name}"))).collect();
        json!({
            "status": status, "authorizations": authorizations,
            "identifiers": order.names.iter().map(|name| json!({ "type": "dns", "value": name })).collect::<Vec<_>>(),
            "finalize": self.url(&format!("finalize/{number}")),
            "certificate": self.url(&format!("certificate/{number}")),
        })
    }

    /// What a name has to show: the digest of the token and the key of the account.
    fn expected(&self, token: &str) -> Vec<u8> {
        let (x, y) = self.account.lock().unwrap().clone().unwrap();
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = BASE64.encode(digest(&SHA256, jwk.as_bytes()));
        digest(&SHA256, format!("{token}.{thumbprint}").as_bytes()).as_ref().to_vec()
    }
}

fn token(order: usize, name: usize) -> String {
    format!("token-{order}-{name}")
}

type Answer = Result<Response, Refused>;
type Context = State<Arc<Shared>>;

async fn index(State(shared): Context) -> Json {
    Json(json!({
        "newNonce": shared.url("nonce"), "newAccount": shared.url("account"), "newOrder": shared.url("order"),
    }))
}

async fn account(State(shared): Context, headers: HeaderMap, body: Bytes) -> Answer {
    let payload = shared.payload(&headers, &body, "account")?;
    if payload["termsOfServiceAgreed"] != true || payload["contact"] != json!(["mailto:admin@example.test"]) {
        return shared.refuse(format!("no account for {payload}"));
    }
    let location = [shared.nonce(), ("location", shared.url("account/1"))];
    Ok((StatusCode::CREATED, location, Json(json!({ "status": "valid" }))).into_response())
}

async fn order(State(shared): Context, headers: HeaderMap, body: Bytes) -> Answer {
    let payload = shared.payload(&headers, &body, "order")?;
    let names: Vec<_> = payload["identifiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|identifier| identifier["value"].as_str().unwrap().to_owned())
        .collect();
    let number = {
        let mut orders = shared.orders.lock().unwrap();
        orders.push(Order { valid: vec![false; names.len()], names, certificate: None });
        orders.len() - 1
    };
    let location = [shared.nonce(), ("location", shared.url(&format!("order/{number}")))];
    Ok((StatusCode::CREATED, location, Json(shared.order_body(number))).into_response())
}

async fn show_order(
    State(shared): Context,
    Path(number): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    shared.payload(&headers, &body, &format!("order/{number}"))?;
    Ok(Json(shared.order_body(number)).into_response())
}

async fn authorization(
    State(shared): Context,
    Path((number, name)): Path<(usize, usize)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    shared.payload(&headers, &body, &format!("authorization/{number}/{name}"))?;
    let (value, valid) = {
        let orders = shared.orders.lock().unwrap();
        (orders[number].names[name].clone(), orders[number].valid[name])
    };
    let challenge = |kind: &str| {
        json!({
            "type": kind, "url": shared.url(&format!("challenge/{number}/{name}")),
            "token": token(number, name), "status": "pending",
        })
    };
    Ok(Json(json!({
        "status": if valid { "valid" } else { "pending" },
        "identifier": { "type": "dns", "value": value },
        "challenges": [challenge("http-01"), challenge("tls-alpn-01")],
    }))
    .into_response())
}

async fn challenge(
    State(shared): Context,
    Path((number, name)): Path<(usize, usize)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = shared.payload(&headers, &body, &format!("challenge/{number}/{name}"))?;
    if payload != json!({}) {
        return shared.refuse("a challenge is accepted with {}");
    }
    let value = shared.orders.lock().unwrap()[number].names[name].clone();
    let target = (*shared.target.subscribe().wait_for(Option::is_some).await.unwrap()).unwrap();
    if let Err(why) = validate(target, &value, &shared.expected(&token(number, name))).await {
        return shared.refuse(why);
    }
    shared.orders.lock().unwrap()[number].valid[name] = true;
    Ok(Json(json!({ "status": "valid" })).into_response())
}

async fn finalize(
    State(shared): Context,
    Path(number): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let payload = shared.payload(&headers, &body, &format!("finalize/{number}"))?;
    let csr = BASE64.decode(payload["csr"].as_str().unwrap()).unwrap();
    let csr = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr)).unwrap();
    let names: HashSet<_> = csr.params.subject_alt_names.iter().map(|name| format!("{name:?}")).collect();
    let problem = {
        let orders = shared.orders.lock().unwrap();
        let ordered: HashSet<_> =
            orders[number].names.iter().map(|name| format!("DnsName(Ia5String({name:?}))")).collect();
        if !orders[number].valid.iter().all(|valid| *valid) {
            Some("not all names are proven".to_owned())
        } else if names != ordered {
            Some(format!("another certificate is asked for than was ordered: {names:?}"))
        } else {
            None
        }
    };
    if let Some(problem) = problem {
        return shared.refuse(problem);
    }
    let issuer = shared.authority.issuer();
    let chain = csr.signed_by(issuer).unwrap().pem() + &issuer.pem();
    shared.orders.lock().unwrap()[number].certificate = Some(chain);
    Ok(Json(shared.order_body(number)).into_response())
}

async fn certificate_of(
    State(shared): Context,
    Path(number): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    shared.payload(&headers, &body, &format!("certificate/{number}"))?;
    let chain = shared.orders.lock().unwrap()[number].certificate.clone().unwrap();
    Ok(([("content-type", "application/pem-certificate-chain")], chain).into_response())
}

/// Connects as RFC 8737 says, and looks at what is shown.
async fn validate(target: SocketAddr, name: &str, expected: &[u8]) -> Result<(), String> {
    let mut config = insecure::config();
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    let stream = TcpStream::connect(target).await.map_err(|error| error.to_string())?;
    let sni = ServerName::try_from(name.to_owned()).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(sni, stream).await;
    let stream = stream.map_err(|error| format!("the handshake for {name} fails: {error}"))?;
    let connection = stream.get_ref().1;
    if connection.alpn_protocol() != Some(b"acme-tls/1") {
        return Err("another protocol is agreed on".to_owned());
    }
    let shown: &[CertificateDer<'_>] = connection.peer_certificates().unwrap();
    let (_, certificate) = X509Certificate::from_der(&shown[0]).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names: Vec<_> = names.value.general_names.iter().map(ToString::to_string).collect();
    if names != [format!("DNSName({name})")] {
        return Err(format!("the certificate is for {names:?}"));
    }
    let extension =
        certificate.extensions().iter().find(|extension| extension.oid.to_id_string() == ACME_IDENTIFIER);
    let extension = extension.ok_or("no answer is shown")?;
    // The digest as an OCTET STRING.
    if !extension.critical || extension.value != [&[4, 32], expected].concat() {
        return Err("another answer is shown".to_owned());
    }
    Ok(())
}
