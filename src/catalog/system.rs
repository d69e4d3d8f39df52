//! Tables about the tables: `flightstream.files`, the account of every file, and `<table>$rejects`, the records of a file
//! that are no rows. They are found by their names and are not listed among the datasets.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::Result;

use super::{CATALOG, Snapshot, Table};
use crate::discovery::DatasetName;
use crate::format::Account;

/// The end of the name of the table with a file's rejected records.
const REJECTS: &str = "$rejects";

/// What a table about tables tells.
#[derive(Debug, Clone)]
pub enum System {
    /// The files that are served.
    Files,
    /// The rejected records of one file.
    Rejects {
        /// The file's path below its root.
        file: String,
        /// What is known of its records; nothing yet, if it has not been read whole.
        account: Arc<Account>,
    },
}

impl System {
    /// The table, over one snapshot.
    ///
    /// # Errors
    /// None that is known: the columns are made for the schema.
    pub fn provider(&self, snapshot: &Snapshot) -> Result<Arc<dyn TableProvider>> {
        let columns = match self {
            System::Files => files(snapshot),
            System::Rejects { file, account } => rejects(file, account),
        };
        let schema = self.schema();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }

    /// Its columns.
    pub fn schema(&self) -> SchemaRef {
        let columns: &[(&str, DataType)] = match self {
            System::Files => &[
                ("id", DataType::Utf8),
                ("schema_name", DataType::Utf8),
                ("table_name", DataType::Utf8),
                ("file", DataType::Utf8),
                ("format", DataType::Utf8),
                ("size_bytes", DataType::UInt64),
                (
                    "modified",
                    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                ),
                ("checked", DataType::Boolean),
                ("records", DataType::UInt64),
                ("preamble", DataType::UInt64),
                ("header", DataType::UInt64),
                ("comment", DataType::UInt64),
                ("blank", DataType::UInt64),
                ("served", DataType::UInt64),
                ("rejected", DataType::UInt64),
                ("warnings", DataType::Utf8),
            ],
            System::Rejects { .. } => &[
                ("file", DataType::Utf8),
                ("line", DataType::Int64),
                ("offset", DataType::Int64),
                ("column_name", DataType::Utf8),
                ("raw", DataType::Utf8),
                ("reason", DataType::Utf8),
            ],
        };
        let field = |(name, kind): &(&str, DataType)| Field::new(*name, kind.clone(), true);
        Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
    }
}

impl Table {
    /// The table about all files.
    pub(super) fn files() -> Self {
        let name = DatasetName {
            id: format!("{CATALOG}.files"),
            schema: CATALOG.into(),
            table: "files".into(),
        };
        Self::system(name, System::Files)
    }

    /// The table of the records that this one rejects, if it is a file that can have such.
    pub(super) fn rejects(&self) -> Option<Self> {
        let ([file], Some(files)) = (self.served_files(), self.as_files()) else {
            return None;
        };
        files.lineage()?;
        let name = DatasetName {
            id: format!("{}{REJECTS}", self.name.id),
            schema: self.name.schema.clone(),
            table: format!("{}{REJECTS}", self.name.table),
        };
        let rejects = System::Rejects {
            file: file.name().to_owned(),
            account: files.account().unwrap_or_default(),
        };
        Some(Self::system(name, rejects))
    }
}

fn files<'a>(snapshot: &'a Snapshot) -> Vec<ArrayRef> {
    let served = |table: &'a Arc<Table>| {
        let account = table.as_files().and_then(|files| files.account());
        let files = table.served_files().iter();
        files.map(move |file| (table, file, account.clone()))
    };
    let files: Vec<_> = snapshot.tables().flat_map(served).collect();
    let text = |of: &dyn Fn(&Table) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(files.iter().map(|(table, ..)| of(table))))
    };
    let count = |of: &dyn Fn(&Account) -> u64| -> ArrayRef {
        let counts = files.iter().map(|(.., account)| account.as_deref().map(of));
        Arc::new(UInt64Array::from_iter(counts))
    };
    let modified = files
        .iter()
        .map(|(_, file, _)| file.meta.last_modified.timestamp_micros());
    let warnings = files.iter().map(|(table, ..)| {
        let warnings = table.warnings();
        (!warnings.is_empty()).then(|| warnings.join("; "))
    });
    vec![
        text(&|table| table.name.id.clone()),
        text(&|table| table.name.schema.clone()),
        text(&|table| table.name.table.clone()),
        Arc::new(StringArray::from_iter_values(
            files.iter().map(|(_, file, _)| file.name()),
        )),
        text(&|table| table.description().to_owned()),
        Arc::new(UInt64Array::from_iter_values(
            files.iter().map(|(_, file, _)| file.meta.size),
        )),
        Arc::new(TimestampMicrosecondArray::from_iter_values(modified).with_timezone("UTC")),
        Arc::new(BooleanArray::from_iter(
            files.iter().map(|(table, ..)| Some(table.is_checked())),
        )),
        count(&|account| account.ledger.records()),
        count(&|account| account.ledger.preamble),
        count(&|account| account.ledger.header),
        count(&|account| account.ledger.comment),
        count(&|account| account.ledger.blank),
        count(&|account| account.ledger.served),
        count(&|account| account.ledger.rejected),
        Arc::new(StringArray::from_iter(warnings)),
    ]
}

/// The rejected records, and in the end a row that says how many more there are.
fn rejects(file: &str, account: &Account) -> Vec<ArrayRef> {
    let kept = &account.rejects;
    let more = account.ledger.rejected.saturating_sub(kept.len() as u64);
    let last = (more > 0).then(|| {
        format!(
            "{more} more records are rejected; only the first {} are kept",
            kept.len()
        )
    });
    let end = || last.iter().map(|_| None);
    let number = |number: u64| i64::try_from(number).ok();
    let (lines, offsets) = (
        kept.iter().map(|r| number(r.line)),
        kept.iter().map(|r| number(r.offset)),
    );
    let columns = kept.iter().map(|r| r.column.as_deref());
    let raw = kept.iter().map(|r| Some(r.text.as_str()));
    let reasons = kept.iter().map(|r| r.reason.as_str()).chain(last.as_deref());
    vec![
        Arc::new(StringArray::from_iter_values(reasons.clone().map(|_| file))),
        Arc::new(Int64Array::from_iter(lines.chain(end()))),
        Arc::new(Int64Array::from_iter(offsets.chain(end()))),
        Arc::new(StringArray::from_iter(columns.chain(last.iter().map(|_| None)))),
        Arc::new(StringArray::from_iter(raw.chain(last.iter().map(|_| None)))),
        Arc::new(StringArray::from_iter_values(reasons)),
    ]
}
