//! The values of a statement's parameters, inside a ticket: an Arrow IPC stream of one batch.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// Parameters of this size still fit into a ticket that every client takes back.
const MAX_BYTES: usize = 2 << 20;

/// The batch as bytes.
///
/// # Errors
/// `Exhausted` when they are too many for a ticket.
pub(super) fn encode(batch: &RecordBatch) -> Result<Bytes> {
    let unencodable = |error| Error::internal("the parameters could not be encoded").with_source(error);
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(unencodable)?;
    writer.write(batch).map_err(unencodable)?;
    let bytes = writer.into_inner().map_err(unencodable)?;
    if bytes.len() > MAX_BYTES {
        let said = format!(
            "the parameters of a query take {} bytes; at most {MAX_BYTES} are allowed: bind fewer rows at a time",
            bytes.len()
        );
        return Err(Error::new(ErrorKind::Exhausted, said));
    }
    Ok(bytes.into())
}

/// The batch in these bytes.
///
/// # Errors
/// `Invalid` when there is none.
pub(super) fn decode(bytes: &Bytes) -> Result<RecordBatch> {
    let invalid = || Error::invalid("the ticket's parameters are malformed");
    // Not `StreamReader`, which makes room for as many bytes as the header says that there are.
    let batch = StreamDecoder::new().decode(&mut Buffer::from(bytes.clone()));
    batch.map_err(|error| invalid().with_source(error))?.ok_or_else(invalid)
}
