//! One user of the API.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Somebody who is logged in.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// What the application said.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was done; the `data` of the answer.
    Done(Value),
    /// It cannot be done as things stand.
    Refused(String),
    /// Not so fast.
    Later(Duration),
}

/// Why a simulation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// Nobody answers.
    #[error("the application cannot be reached: {0}; start it with `booking serve --demo`")]
    Unreachable(reqwest::Error),
    /// The accounts of the demonstration are not there, or have other passwords.
    #[error(
        "{email} cannot log in: {message}; fill the database with `booking seed --demo`, and name its --seed"
    )]
    Login {
        /// Who.
        email: String,
        /// What the application says.
        message: String,
    },
    /// It answered something that it should not.
    #[error("{path} was answered with {status}: {message}")]
    Answer {
        /// What was asked.
        path: String,
        /// The status.
        status: u16,
        /// What the application says.
        message: String,
    },
    /// There is nothing to book.
    #[error("there are no sessions; fill the database with `booking seed --demo`")]
    NoSessions,
    /// Nobody may announce anything.
    #[error("the demonstration has no administrator")]
    NoAdministrator,
}

impl Client {
    /// Logs in; waits if there were too many attempts.
    pub(super) async fn log_in(url: &str, email: &str, password: &str) -> Result<Self, SimulationError> {
        let http =
            reqwest::Client::builder().timeout(TIMEOUT).build().map_err(SimulationError::Unreachable)?;
        let mut client = Self { http, url: url.trim_end_matches('/').to_owned(), token: String::new() };
        let body = json!({ "email": email, "password": password, "device_name": "simulate" });
        loop {
            match client.post("/api/v1/auth/login", &body).await? {
                Answer::Done(data) => {
                    data["token"].as_str().unwrap_or_default().clone_into(&mut client.token);
                    return Ok(client);
                }
                Answer::Refused(message) => {
                    return Err(SimulationError::Login { email: email.to_owned(), message });
                }
                Answer::Later(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// The ids of all sessions.
    pub(super) async fn sessions(&self) -> Result<Vec<i64>, SimulationError> {
        let path = "/api/v1/sessions";
        loop {
            match self.send(path, self.http.get(format!("{}{path}", self.url))).await? {
                Answer::Done(data) => {
                    let sessions = data["sessions"].as_array().into_iter().flatten();
                    return Ok(sessions.filter_map(|session| session["id"].as_i64()).collect());
                }
                Answer::Refused(_) => return Ok(Vec::new()),
                Answer::Later(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Asks for something to be done.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, SimulationError> {
        self.send(path, self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    async fn send(&self, path: &str, mut request: RequestBuilder) -> Result<Answer, SimulationError> {
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let response = request.send().await.map_err(SimulationError::Unreachable)?;
        let status = response.status();
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await.map_err(SimulationError::Unreachable)?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let message = || body["message"].as_str().unwrap_or(&text).to_owned();
        match status {
            _ if status.is_success() => Ok(Answer::Done(body["data"].clone())),
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => Ok(Answer::Refused(message())),
            StatusCode::TOO_MANY_REQUESTS => Ok(Answer::Later(Duration::from_secs(wait.unwrap_or(1)))),
            // It is alive and may mend itself, as after the loss of its database.
            _ if status.is_server_error() => Ok(Answer::Later(Duration::from_secs(1))),
            _ => Err(SimulationError::Answer {
                path: path.to_owned(),
                status: status.as_u16(),
                message: message(),
            }),
        }
    }
}
