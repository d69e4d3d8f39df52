//! A CSV file as a table: what its profile says, and what is known once all of it has been read.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::Statistics;
use flightstream_csv::{CsvProfile, Encoding, Survey};

use super::provider::{CsvProvider, WholeFile};
use super::survey::settled;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::format::{Account, FormatTable, SourceFile};

/// One CSV file.
#[derive(Debug)]
pub(super) struct CsvTable {
    file: SourceFile,
    provider: Arc<CsvProvider>,
    lineage: Arc<CsvProvider>,
    description: String,
    reading: u64,
    warnings: Vec<String>,
    account: Option<Arc<Account>>,
}

impl CsvTable {
    /// The table of a file of which a sample has been seen.
    pub(super) fn sampled(file: SourceFile, profile: CsvProfile) -> Self {
        Self::new(file, profile, None)
    }

    fn new(file: SourceFile, profile: CsvProfile, read: Option<(WholeFile, Account)>) -> Self {
        let description = match profile.encoding {
            Encoding::Utf8 => format!("csv, {}", profile.dialect),
            encoding => format!("csv, {}, {encoding}", profile.dialect),
        };
        let (whole, account) = read.unzip();
        let mut warnings = profile.warnings();
        warnings.extend(account.as_ref().and_then(rejected));
        let reading = Fingerprint::default().bytes(&profile.identity()).finish();
        let provider = CsvProvider::new(file.clone(), Arc::new(profile), whole);
        Self {
            file,
            lineage: Arc::new(provider.with_lineage()),
            provider: Arc::new(provider),
            description,
            reading,
            warnings,
            account: account.map(Arc::new),
        }
    }
}

#[async_trait]
impl FormatTable for CsvTable {
    fn files(&self) -> &[SourceFile] {
        std::slice::from_ref(&self.file)
    }

    fn provider(&self) -> Arc<dyn TableProvider> {
        Arc::clone(&self.provider) as _
    }

    fn lineage(&self) -> Option<Arc<dyn TableProvider>> {
        Some(Arc::clone(&self.lineage) as _)
    }

    fn account(&self) -> Option<Arc<Account>> {
        self.account.as_ref().map(Arc::clone)
    }

    fn schema(&self) -> SchemaRef {
        self.provider.schema()
    }

    fn statistics(&self) -> Statistics {
        self.provider.statistics(true)
    }

    fn rows(&self) -> Option<u64> {
        self.provider.rows()
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn reading(&self) -> u64 {
        self.reading
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn is_checked(&self) -> bool {
        self.account.is_some()
    }

    async fn check(self: Arc<Self>) -> Result<Arc<dyn FormatTable>> {
        let (surveyed, zones) = settled(&self.file, self.provider.profile(), Survey::new).await?;
        let whole = WholeFile {
            rows: surveyed.ledger.served,
            columns: surveyed.columns.into(),
            zones: Arc::new(zones),
        };
        let account = Account {
            ledger: surveyed.ledger,
            rejects: surveyed.rejects,
        };
        let file = self.file.clone();
        Ok(Arc::new(Self::new(file, surveyed.profile, Some((whole, account)))))
    }
}

/// A sentence about the records that are no rows, if there are any.
fn rejected(account: &Account) -> Option<String> {
    let first = account.rejects.first()?;
    let (count, records) = (account.ledger.rejected, account.ledger.records());
    let (line, reason) = (first.line, &first.reason);
    Some(format!(
        "{count} of {records} records are rejected, the first on line {line}: {reason}"
    ))
}
