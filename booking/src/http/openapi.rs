//! The OpenAPI document: made of the routes themselves, so that it cannot leave one out.
//!
//! Handlers say what is special about them. What follows from their form (a body may be malformed, a token missing)
//! is added here for all of them, see [`complete`].

use serde_json::json;
use utoipa::{
    IntoParams, OpenApi,
    openapi::{
        ContentBuilder, Header, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, Parameter, ParameterIn, PathItem},
        schema::{KnownFormat, Schema, SchemaFormat, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    error::ErrorMessage,
    event_schemas,
    idempotency::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED},
    validation::ValidationErrors,
};

/// The document without its routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Booking",
        description = "Sessions that people book, with live availability and live notifications.\n\n\
            Success is `{\"success\": true, \"message\"?, \"data\"}`, with `meta` and `links` in lists. Errors are \
            `{\"message\"}`; status 422 adds `errors` by field, in Indonesian for those who prefer it \
            (`Accept-Language: id`). Moments are UTC with six digits (`2026-11-23T05:04:09.000000Z`), days are \
            `YYYY-MM-DD`, times of day `HH:MM` in the time zone of the session.\n\n\
            What subscribers of channels are told over the WebSocket has schemas too, named like the events: \
            `AvailabilityUpdated`, `CapacityUpdated`, `BookingStatusUpdated`, `PaymentStatusUpdated`, \
            `SystemNotification`.",
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "auth", description = "Who is who"),
        (name = "sessions", description = "What can be booked, and how much of it is free"),
        (name = "bookings", description = "Book, pay, cancel"),
        (name = "notifications", description = "What a user was told"),
        (name = "admin", description = "For users with the role `admin`"),
        (name = "broadcasting", description = "Authorization of channels, for Laravel Echo and pusher-js"),
        (name = "operation", description = "For front ends and operators"),
    ),
    components(schemas(ErrorMessage, ValidationErrors)),
)]
pub(crate) struct Document;

/// `X-Socket-ID`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct SocketIdHeader {
    /// The connection of the client. It is not told what this request changes (Laravel's `toOthers`).
    #[param(rename = "X-Socket-ID", value_type = String, required = false, pattern = r"^\d+\.\d+$", example = "123.456")]
    #[expect(dead_code, reason = "the document's view of an extractor")]
    socket_id: Option<String>,
}

/// `Idempotency-Key`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKeyHeader {
    /// Names the request. Repeated within 24 hours it changes nothing and gets the same answer, with
    /// `Idempotency-Replayed: true`. With the key of another request: 422; while the first one runs: 409.
    #[param(
        rename = "Idempotency-Key", value_type = String, required = false, min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7E]+$", example = "0198f7a2-6f0e-7c3a-9d6b-2f6f6f1c7b11",
    )]
    #[expect(dead_code, reason = "the document's view of an extractor")]
    idempotency_key: Option<String>,
}

/// Adds the scheme of the tokens, and to every operation the answers and headers that follow from its form.
pub(crate) fn complete(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("{id}|gema_{40 characters}{checksum}")
        .description(Some(
            "A token from `POST /api/v1/auth/login`; the list beside it names the abilities needed",
        ));
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert("bearer".to_owned(), SecurityScheme::Http(bearer.build()).into());
    event_schemas::add(components);
    for (path, item) in &mut document.paths.paths {
        let limited = path.starts_with("/api/v1") || path.contains("/broadcasting/");
        for operation in operations(item) {
            allow_no_body_instead_of_null(operation);
            add_answers(operation, limited);
            add_headers(operation, limited);
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// `Option<T>` as a body means that there may be none. The schema that is derived says that it may be `null` instead.
fn allow_no_body_instead_of_null(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(choices))) = &content.schema
            && let Some(object) = choices.items.iter().find(|choice| matches!(choice, RefOr::Ref(_)))
        {
            content.schema = Some(object.clone());
        }
    }
}

fn add_answers(operation: &mut Operation, limited: bool) {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has =
        |place: ParameterIn| parameters.iter().any(|p| parameter(p).is_some_and(|p| p.parameter_in == place));
    let is_once = parameters.iter().any(|p| is_named(p, IDEMPOTENCY_KEY.as_str()));
    let (in_path, in_query, in_header) =
        (has(ParameterIn::Path), has(ParameterIn::Query), has(ParameterIn::Header));
    let body = operation.request_body.is_some();
    let open = SecurityRequirement::default();
    let any_token = SecurityRequirement::new("bearer", [""; 0]);
    let security = operation.security.as_deref().unwrap_or_default();
    let needs_token = !security.is_empty() && !security.contains(&open);
    let needs_ability = needs_token && !security.contains(&any_token);

    let mut add = |applies: bool, status: u16, description: &str, message: &str| {
        if applies {
            let answer = if status == 422 { invalid() } else { refusal(description, message) };
            operation.responses.responses.entry(status.to_string()).or_insert(RefOr::T(answer));
        }
    };
    let malformed = if is_once { "The body or a header is malformed" } else { "The body is malformed" };
    add(body, 400, malformed, "The request body must be a JSON object.");
    add(needs_token, 401, "There is no valid token", "Unauthenticated.");
    add(needs_ability, 403, "Not for this user, or not with this token", "This action is unauthorized.");
    add(in_path, 404, "There is no such thing", "There is no such booking.");
    add(body, 413, "The body is over 64 KiB", "The request body must not be greater than 65536 bytes.");
    add(body, 415, "The body is not JSON", "The request body must be sent as application/json.");
    add(body || in_query || in_header, 422, "", "");
    add(limited, 429, "Too many requests in this minute", "Too Many Attempts.");
    add(limited, 500, "Something broke on our side", "Server Error");
    add(limited, 503, "The database has too much to do", "The service is busy; try again later.");
}

fn add_headers(operation: &mut Operation, limited: bool) {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let is_once = parameters.iter().any(|parameter| is_named(parameter, IDEMPOTENCY_KEY.as_str()));
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let mut add = |name: &str, header: Header| {
            response.headers.insert(name.to_owned(), RefOr::T(header));
        };
        if limited && !["500", "503"].contains(&status.as_str()) {
            add("X-RateLimit-Limit", number("Requests per minute"));
            add("X-RateLimit-Remaining", number("Requests that may follow at once"));
        }
        if ["429", "503"].contains(&status.as_str()) {
            add("Retry-After", number("Seconds until the next request is answered"));
        }
        if is_once && status.starts_with('2') {
            let replayed = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"]));
            let header = HeaderBuilder::new()
                .schema(Some(replayed.build()))
                .description(Some("There if this is the answer to the first request with this key"));
            add(IDEMPOTENCY_REPLAYED.as_str(), header.build());
        }
    }
}

fn refusal(description: &str, message: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorMessage")))
        .example(Some(json!({ "message": message })));
    ResponseBuilder::new().description(description).content("application/json", content.build()).build()
}

fn invalid() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ValidationErrors")));
    ResponseBuilder::new()
        .description("Fields of the request are wrong, all of them told at once")
        .content("application/json", content.build())
        .build()
}

fn number(description: &str) -> Header {
    let integer = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0));
    HeaderBuilder::new().schema(Some(integer.build())).description(Some(description)).build()
}

fn is_named(candidate: &RefOr<Parameter>, name: &str) -> bool {
    parameter(candidate).is_some_and(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

fn parameter(candidate: &RefOr<Parameter>) -> Option<&Parameter> {
    match candidate {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }
}
