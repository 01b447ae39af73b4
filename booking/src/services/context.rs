//! What all services work with.

use std::sync::Arc;

use super::Settings;
use crate::{clock::Clock, db::Db, outgoing::Outgoing};

/// Shared by all services. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Context(Arc<Parts>);

#[derive(Debug)]
pub(super) struct Parts {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) settings: Settings,
    pub(super) outgoing: Outgoing,
}

impl Context {
    pub(super) fn new(db: &Db, clock: &Clock, settings: Settings, outgoing: &Outgoing) -> Self {
        let (db, clock, outgoing) = (db.clone(), clock.clone(), outgoing.clone());
        Self(Arc::new(Parts { db, clock, settings, outgoing }))
    }
}

impl std::ops::Deref for Context {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
