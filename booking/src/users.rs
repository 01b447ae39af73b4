//! `booking user`: what an operator does about accounts.

use std::io::{self, BufRead};

use crate::{
    cli::NewAccount,
    domain::{Password, Registration},
    services::{Rule, ServiceError, Services},
};

/// Bytes of a line that are read: enough for the longest password in any alphabet.
const LONGEST_LINE: u64 = 4096;

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The password cannot be read.
    #[error("read the password from the standard input: {0}")]
    Input(#[from] io::Error),
    /// The password is not as it should be.
    #[error(
        "the password must have {} to {} characters; write it as one line on the standard input",
        Password::MIN,
        Password::MAX
    )]
    Password,
    /// There is an account with this address.
    #[error("there is an account with this address already")]
    Taken,
    /// The services failed.
    #[error(transparent)]
    Service(ServiceError),
}

/// Makes an account whose password is the first line of `input`, and says so.
///
/// # Errors
/// See [`UserError`].
pub async fn add(services: &Services, account: NewAccount, input: impl BufRead) -> Result<String, UserError> {
    let NewAccount { email, name, role } = account;
    let password = password(input)?;
    let registration = Registration { name, email, password, device_name: String::new() };
    let user = services.accounts.add(&registration, role).await.map_err(|error| match error {
        ServiceError::Invalid { rule: Rule::Unique, .. } => UserError::Taken,
        other => UserError::Service(other),
    })?;
    Ok(format!("Made the account {} with the role {}.\n", user.email, user.role))
}

fn password(input: impl BufRead) -> Result<Password, UserError> {
    let mut line = String::new();
    input.take(LONGEST_LINE).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    match password.chars().count() {
        Password::MIN..=Password::MAX if !password.contains('\0') => Ok(Password::new(password.to_owned())),
        _ => Err(UserError::Password),
    }
}
