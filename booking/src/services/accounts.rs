//! Users and their tokens.

use std::time::Duration;

use super::{Rule, ServiceError, context::Context, passwords::Passwords};
use crate::{
    db::Tx,
    domain::{
        Abilities, Email, Login, Password, PlainToken, Principal, Registration, Role, Secret, TokenId, User,
        UserId,
    },
    store::{
        self,
        tokens::NewToken,
        users::{NewUser, StoredUser},
    },
};

/// How exact the moment is at which a token was last used. Not every request should have to write.
const TOUCH: Duration = Duration::from_secs(60);

/// Users and their tokens.
#[derive(Debug, Clone)]
pub struct Accounts {
    context: Context,
    passwords: Passwords,
}

impl Accounts {
    pub(super) fn new(context: Context) -> Self {
        Self { context, passwords: Passwords::new() }
    }

    /// Makes a user with role `user` and a token for everything.
    ///
    /// # Errors
    /// [`Invalid`](ServiceError::Invalid) `email` when the address is taken.
    pub async fn register(&self, registration: Registration) -> Result<(User, PlainToken), ServiceError> {
        let hash = self.passwords.hash(registration.password.clone()).await?;
        let mut tx = self.context.db.begin().await?;
        let user = self.insert(&mut tx, &registration, &hash, Role::User).await?;
        let token = self.issue(&mut tx, user.id, &registration.device_name, &Abilities::all()).await?;
        tx.commit().await?;
        Ok((user, token))
    }

    /// Makes a user with any role and without a token, as an operator does.
    ///
    /// # Errors
    /// As [`register`](Self::register).
    pub async fn add(&self, registration: &Registration, role: Role) -> Result<User, ServiceError> {
        let hash = self.passwords.hash(registration.password.clone()).await?;
        let mut tx = self.context.db.begin().await?;
        let user = self.insert(&mut tx, registration, &hash, role).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Makes a token for a user that proves who they are. It takes the same time whether the address or the
    /// password is wrong.
    ///
    /// # Errors
    /// [`BadCredentials`](ServiceError::BadCredentials) without saying which of the two is wrong.
    pub async fn login(&self, login: Login) -> Result<(User, PlainToken), ServiceError> {
        let user = self.prove(&login.email, login.password).await?.ok_or(ServiceError::BadCredentials)?;
        let mut tx = self.context.db.begin().await?;
        let token = self.issue(&mut tx, user.id, &login.device_name, &login.abilities).await?;
        tx.commit().await?;
        Ok((user, token))
    }

    /// The user with this address, if this is their password.
    pub(crate) async fn prove(
        &self,
        email: &Email,
        password: Password,
    ) -> Result<Option<User>, ServiceError> {
        let stored = store::users::by_email(&mut self.context.db.reader().await?.conn(), email).await?;
        let (user, hash) = stored.map(|StoredUser { user, password_hash }| (user, password_hash)).unzip();
        let proved = self.passwords.verify(password, hash).await?;
        Ok(user.filter(|_| proved))
    }

    /// Revokes one token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout(&self, token: TokenId) -> Result<(), ServiceError> {
        let mut tx = self.context.db.begin().await?;
        store::tokens::delete(&mut tx.conn(), token).await?;
        Ok(tx.commit().await?)
    }

    /// Revokes all tokens of a user and tells how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout_all(&self, user: UserId) -> Result<u64, ServiceError> {
        let mut tx = self.context.db.begin().await?;
        let revoked = store::tokens::delete_of(&mut tx.conn(), user).await?;
        tx.commit().await?;
        Ok(revoked)
    }

    /// Who holds this token, if it is one that was neither revoked nor has expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, plain: &str) -> Result<Option<Principal>, ServiceError> {
        let Ok(token) = plain.parse::<PlainToken>() else {
            return Ok(None);
        };
        let found = store::tokens::find(&mut self.context.db.reader().await?.conn(), token.id()).await?;
        let now = self.context.clock.now();
        let Some(stored) =
            found.filter(|stored| token.secret().matches(&stored.token) && now < stored.expires_at)
        else {
            return Ok(None);
        };
        if stored.last_used_at.is_none_or(|last| last.plus(TOUCH) <= now) {
            let mut tx = self.context.db.begin().await?;
            store::tokens::touch(&mut tx.conn(), token.id(), now).await?;
            tx.commit().await?;
        }
        let abilities = Abilities::from_json(&stored.abilities)
            .map_err(|error| ServiceError::Database(sqlx::Error::Decode(error.into())))?;
        Ok(Some(Principal { user: stored.user, token_id: token.id(), abilities }))
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        registration: &Registration,
        hash: &str,
        role: Role,
    ) -> Result<User, ServiceError> {
        let Registration { name, email, .. } = registration;
        let user = NewUser { name, email, password_hash: hash, role };
        store::users::insert(&mut tx.conn(), &user, self.context.clock.now())
            .await?
            .ok_or(ServiceError::Invalid { field: "email", rule: Rule::Unique })
    }

    async fn issue(
        &self,
        tx: &mut Tx,
        user_id: UserId,
        name: &str,
        abilities: &Abilities,
    ) -> Result<PlainToken, ServiceError> {
        let now = self.context.clock.now();
        let secret = Secret::draw(&mut rand::rng());
        let (hash, abilities) = (secret.hash(), abilities.to_json());
        let expires_at = now.plus(self.context.settings.token_lifetime);
        let token = NewToken { user_id, name, hash: &hash, abilities: &abilities, expires_at };
        let id = store::tokens::insert(&mut tx.conn(), &token, now).await?;
        Ok(PlainToken::new(id, secret))
    }
}
