//! One relay at a time for a file.

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    time::Duration,
};

use tracing::info;

use super::OutboxError;

/// How often a relay that waits for another one looks whether it is gone.
const POLL: Duration = Duration::from_millis(100);

/// The right to relay what is in a file, in this process and among all of this machine. The system takes it back
/// when the process ends, however it does.
#[derive(Debug)]
pub(super) struct RelayLock {
    _file: File,
}

impl RelayLock {
    /// Waits until no other relay has the lock.
    pub(super) async fn acquire(path: PathBuf) -> Result<Self, OutboxError> {
        let failed = |source| OutboxError::Lock { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        let mut waiting = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if waiting => tokio::time::sleep(POLL).await,
                Err(TryLockError::WouldBlock) => {
                    waiting = true;
                    info!(path = %path.display(), "Another relay is at work on this outbox; waiting until it ends");
                }
            }
        }
        if waiting {
            info!(path = %path.display(), "The other relay has ended; taking over");
        }
        Ok(Self { _file: file })
    }
}
