//! Hashes of passwords, with argon2id.

use std::{sync::Arc, thread};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash};
use tokio::{sync::Semaphore, task};

use super::ServiceError;
use crate::domain::Password;

/// The hash that a password is compared with when there is no user: as costly as a real one, and no password's.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGhpcyBpcyBub2JvZHk$gC7ev4dD5Mv2Zr0GG9OcS9PTVmU9H+HDqvQ3pbyxVvA";

/// Hashes and verifies. Each of that takes 19 MiB and a core for some hundredth of a second, so not more are
/// done at a time than there are cores, however many people log in.
#[derive(Debug, Clone)]
pub(super) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    pub(super) async fn hash(&self, password: Password) -> Result<String, ServiceError> {
        self.work(move || Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())).await
    }

    /// Whether this is the password whose hash is `stored`. Without one it takes as long and says no.
    pub(super) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
    ) -> Result<bool, ServiceError> {
        self.work(move || {
            let hash = stored.as_deref().unwrap_or(DECOY);
            match Argon2::default().verify_password(password.as_bytes(), hash) {
                Ok(()) => Ok(stored.is_some()),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let failed = |error: &dyn std::fmt::Display| ServiceError::Hash(error.to_string());
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(|error| failed(&error))?;
        // The work goes on when nobody waits for it any more, so the permit is the work's.
        let done = task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use tokio::{sync::oneshot, time::timeout};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_that_nobody_waits_for_any_more_still_takes_its_turn() {
        let passwords = Passwords::new();
        let free = passwords.0.available_permits();
        let (begun, has_begun) = oneshot::channel();
        let (end, ended) = mpsc::channel::<()>();
        let waiting = {
            let passwords = passwords.clone();
            tokio::spawn(async move {
                let work = move || {
                    begun.send(()).unwrap();
                    ended.recv().unwrap();
                    Ok(())
                };
                passwords.work(work).await
            })
        };
        has_begun.await.unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.0.available_permits(), free - 1);
        end.send(()).unwrap();
        let all = passwords.0.acquire_many(free.try_into().unwrap());
        drop(timeout(Duration::from_secs(60), all).await.unwrap().unwrap());
    }

    #[tokio::test]
    async fn the_right_password_is_verified_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash(password("rahasia sekali")).await.unwrap();
        assert!(passwords.verify(password("rahasia sekali"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(password("rahasia"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn without_a_user_the_decoy_is_verified_at_the_cost_of_a_real_hash() {
        let passwords = Passwords::new();
        assert!(!passwords.verify(password("this is nobody"), None).await.unwrap());

        let real = passwords.hash(password("x")).await.unwrap();
        let parts = |hash: &str| hash.split('$').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parts(DECOY)[..4], parts(&real)[..4], "algorithm, version and costs are the same");
        assert_eq!(parts(DECOY)[5].len(), parts(&real)[5].len());
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_an_error_and_not_a_wrong_password() {
        let broken = Passwords::new().verify(password("x"), Some("plain".to_owned())).await;
        assert!(matches!(broken, Err(ServiceError::Hash(_))));
    }
}
