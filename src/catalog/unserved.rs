//! Files that lie in the sources and are not served: they came after the last look, or cannot be read.

use std::time::{Duration, Instant};

use super::Catalog;
use crate::discovery::DatasetName;

/// Whoever asks within this time hears what the last one heard: names that nobody has are cheap to ask for, and a look at a
/// bucket is not.
const HOLDS: Duration = Duration::from_secs(1);

/// A look that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A file that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unserved {
    /// It came after the last look at the sources: its path below its location.
    New(String),
    /// It cannot be served: a sentence that says which it is and why.
    Skipped(String),
}

/// What lay in the sources at a moment.
#[derive(Debug)]
pub(super) struct Listed {
    at: Instant,
    files: Vec<(DatasetName, String)>,
}

impl Catalog {
    /// The file, if there is one, that would be the table that `is_wanted`; none when it takes too long to find out.
    pub async fn unserved(&self, is_wanted: impl Fn(&DatasetName) -> bool) -> Option<Unserved> {
        tokio::time::timeout(PATIENCE, self.find_unserved(is_wanted))
            .await
            .ok()?
    }

    async fn find_unserved(&self, is_wanted: impl Fn(&DatasetName) -> bool) -> Option<Unserved> {
        let found = self.found.lock().await;
        let skipped = found.skipped.iter().find(|(name, _)| is_wanted(name));
        if let Some((_, reason)) = skipped {
            return Some(Unserved::Skipped(reason.clone()));
        }
        drop(found);
        let mut listed = self.listed.lock().await;
        if listed.as_ref().is_none_or(|listed| listed.at.elapsed() > HOLDS) {
            *listed = Some(self.list().await);
        }
        let files = &listed.as_ref()?.files;
        let file = files.iter().find(|(name, _)| is_wanted(name));
        file.map(|(_, path)| Unserved::New(path.clone()))
    }

    async fn list(&self) -> Listed {
        let lies = self.sources.discover().await;
        let queries = lies.queries.into_iter().map(|query| (query.name, query.file));
        let files = lies.files.into_iter().filter_map(|file| {
            let path = file.files.first()?.name().to_owned();
            Some((file.name, path))
        });
        Listed {
            at: Instant::now(),
            files: files.chain(queries).collect(),
        }
    }
}
