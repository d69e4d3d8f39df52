//! What a table is made of, as the text that lies in its folder. A table is what its manifest says, no more and no less:
//! a data file that it does not name is no part of it.

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const FORMAT: u32 = 1;

/// The manifest of one version of a table or view.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// Where the table is in SQL. The folder's name follows from it, not it from the folder's name.
    pub(super) schema: String,
    pub(super) table: String,
    /// Differs for each version.
    pub(super) generation: String,
    pub(super) content: Content,
}

/// What there is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Content {
    /// Rows, in files that are read in this order.
    Rows {
        /// The schema as an Arrow IPC stream without batches, base64: a table without files has columns too.
        columns: String,
        files: Vec<File>,
    },
    /// A query.
    View { sql: String },
}

/// One data file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

impl Manifest {
    /// The manifest of a version of `schema`.`table`.
    pub(super) fn new(schema: &str, table: &str, generation: &str, content: Content) -> Self {
        Self {
            format: FORMAT,
            schema: schema.into(),
            table: table.into(),
            generation: generation.into(),
            content,
        }
    }

    /// Its text.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self)
            .map_err(|error| Error::internal("a manifest cannot be written").with_source(error))
    }

    /// Reads the text; the error says what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Illegible> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        match manifest.format {
            FORMAT => Ok(manifest),
            other => Err(Illegible::Format(other)),
        }
    }
}

/// A schema as text.
pub(super) fn encode_columns(schema: &SchemaRef) -> Result<String> {
    let mut bytes = Vec::new();
    StreamWriter::try_new(&mut bytes, schema)
        .and_then(|mut writer| writer.finish())
        .map_err(|error| Error::internal("a schema cannot be written").with_source(error))?;
    Ok(STANDARD.encode(bytes))
}

/// The schema that [`encode_columns`] wrote.
pub(super) fn decode_columns(text: &str) -> Result<SchemaRef, Illegible> {
    let bytes = STANDARD.decode(text)?;
    let reader = StreamReader::try_new(bytes.as_slice(), None)?;
    Ok(reader.schema())
}

/// What is wrong with the text of a manifest, or with the columns in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Illegible {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it is of format {0}, and this server knows {known}", known = FORMAT)]
    Format(u32),
    #[error(transparent)]
    Base64(#[from] DecodeError),
    #[error(transparent)]
    Columns(#[from] ArrowError),
}
