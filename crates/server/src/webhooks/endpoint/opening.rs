//! The beginning of a webhook's task.

use std::{io, sync::Arc};

use gema_hub::{App, Webhook};
use tokio::time::Instant;

use super::{Endpoint, Progress};
use crate::{
    metrics::Metrics,
    webhooks::{
        checkpoint::{Checkpoint, Files, Waiting},
        journal::Journal,
        reader::Reader,
        request::Poster,
        spool::{Folder, SpoolError},
    },
};

/// A webhook that can begin: whatever may fail has been done.
#[derive(Debug)]
pub(in crate::webhooks) struct Prepared {
    app: Arc<App>,
    webhook: Webhook,
    poster: Poster,
    files: Files,
}

impl Prepared {
    /// Prepares the webhook that has this name in the spool, where another task may still serve it.
    pub(in crate::webhooks) fn new(
        name: String,
        app: Arc<App>,
        webhook: Webhook,
        folder: &Folder,
    ) -> Result<Self, SpoolError> {
        let poster = Poster::new(&webhook).map_err(|error| folder.fault(io::Error::other(error)))?;
        let files = Files::open(folder, name).map_err(|error| folder.fault(error))?;
        Ok(Self { app, webhook, poster, files })
    }

    /// The name in the spool.
    pub(in crate::webhooks) fn name(&self) -> &str {
        self.files.name()
    }
}

impl Endpoint {
    /// Goes on where an earlier task has ended; otherwise begins at the end of what is written.
    pub(in crate::webhooks) fn open(
        prepared: Prepared,
        journal: Arc<Journal>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let Prepared { app, webhook, poster, files } = prepared;
        let accepted = files.read_accepted();
        let Checkpoint { position, read, mut story, waiting, .. } = match files.read(journal.folder()) {
            Ok(Some(checkpoint)) => checkpoint,
            Ok(None) => Checkpoint {
                url: poster.shown(),
                owner: None,
                position: Reader::end(&journal),
                read: journal.written(),
                story: Arc::default(),
                waiting: Vec::new(),
            },
            Err(error) => {
                tracing::error!(
                    %error,
                    app.id = %app.id,
                    "The state of the webhook {} cannot be read; it begins anew with what is in the spool and has not \
                     been accepted",
                    poster.shown(),
                );
                metrics.count_spool_error();
                let position = Reader::beginning(&journal);
                let (story, waiting) = (Arc::default(), Vec::new());
                let read = position.segment - 1;
                Checkpoint { url: poster.shown(), owner: None, position, read, story, waiting }
            }
        };
        if read + 1 < journal.oldest().first {
            tracing::error!(
                app.id = %app.id,
                "The state of the webhook {} is older than the spool: {} entries in between are gone, as on a disk that \
                 was full. Who came in them is not told to have left",
                poster.shown(),
                journal.oldest().first - read - 1,
            );
            metrics.count_spool_error();
        }
        // The filters may have changed.
        Arc::make_mut(&mut story).retain(|kind, channel| webhook.follows(kind, channel));
        let tells = |waiting: &Waiting| waiting.place > accepted && webhook.tells(&waiting.fact);
        let waiting = waiting.into_iter().filter(tells).collect();
        let reader = Reader::new(Arc::clone(&journal), position);
        let needed = reader.position().segment;
        let mut endpoint = Self {
            app,
            webhook,
            metrics,
            poster,
            progress: Arc::new(Progress { read: read.into(), needed: needed.into(), ..Progress::default() }),
            files,
            reader,
            story,
            waiting,
            since: Instant::now(),
            accepted,
            written_at: Instant::now(),
            changed: true,
            failing: false,
            journal,
        };
        let written = Files::write(endpoint.journal.folder(), endpoint.files.name(), &endpoint.checkpoint());
        if let Err(error) = written {
            endpoint.handle_failed_checkpoint(&error);
        }
        endpoint
    }
}
