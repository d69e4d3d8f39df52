//! The footer of a Parquet file. The reader trusts what it says: a length beyond the file, a list of billions or a page in
//! front of the file make it panic or take all memory. So it is looked at before the reader gets it, and afterwards too.

use std::ops::Range;

use parquet::file::metadata::{ColumnChunkMetaData, FooterTail, ParquetMetaData, ParquetMetaDataReader};

use super::flaw::Flaw;
use super::thrift;
use crate::error::Result;
use crate::format::SourceFile;
use crate::store::read_range;

/// The length of the footer and `PAR1`.
const TAIL_BYTES: u64 = 8;

/// A file begins with `PAR1` too.
const MAGIC_BYTES: u64 = 4;

/// A footer may be this large: what it is read into takes several times as much memory.
const MAX_BYTES: u64 = 256 << 20;

/// The footer of `file`.
///
/// # Errors
/// `BadData` when it is damaged, `Unavailable` when the file changed or cannot be read.
pub(super) async fn footer(file: &SourceFile) -> Result<ParquetMetaData> {
    let unreadable = |flaw: Flaw| flaw.of(file.name());
    let size = file.meta.size;
    if size < MAGIC_BYTES + TAIL_BYTES {
        return Err(unreadable(Flaw::Short));
    }
    let tail = bytes(file, size - TAIL_BYTES..size).await?;
    let tail = FooterTail::try_from(tail.as_ref()).map_err(|error| unreadable(Flaw::Endless).with_source(error))?;
    if tail.is_encrypted_footer() {
        return Err(unreadable(Flaw::Encrypted));
    }
    let length = tail.metadata_length() as u64;
    if length > size - MAGIC_BYTES - TAIL_BYTES {
        return Err(unreadable(Flaw::Long));
    }
    if length > MAX_BYTES {
        return Err(unreadable(Flaw::Large));
    }
    let text = bytes(file, size - TAIL_BYTES - length..size - TAIL_BYTES).await?;
    thrift::check(&text).map_err(unreadable)?;
    let footer = std::panic::catch_unwind(|| ParquetMetaDataReader::decode_metadata(&text));
    let footer = footer.map_err(|_| unreadable(Flaw::Footer))?;
    let footer = footer.map_err(|error| unreadable(Flaw::Footer).with_source(error))?;
    check(&footer, size).map_err(unreadable)?;
    Ok(footer)
}

async fn bytes(file: &SourceFile, range: Range<u64>) -> Result<bytes::Bytes> {
    read_range(&file.store, &file.meta, range).await
}

/// What a reader relies on: the places that the footer names are in the file, and it has the rows that it counts.
fn check(footer: &ParquetMetaData, size: u64) -> Result<(), Flaw> {
    let mut rows = 0u64;
    for group in footer.row_groups() {
        let count = u64::try_from(group.num_rows()).map_err(|_| Flaw::Negative)?;
        rows = rows.saturating_add(count);
        if !group.columns().iter().all(|column| is_within(column, size)) {
            return Err(Flaw::Outside);
        }
    }
    match u64::try_from(footer.file_metadata().num_rows()) == Ok(rows) {
        true => Ok(()),
        false => Err(Flaw::Rows),
    }
}

/// Whether all that is known of a column's part lies in the file.
fn is_within(column: &ColumnChunkMetaData, size: u64) -> bool {
    let lies = |start: i64, length: i64| {
        let end = start.checked_add(length);
        start >= 0 && length >= 0 && end.is_some_and(|end| end as u64 <= size)
    };
    let first = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let aside = [
        (column.bloom_filter_offset(), column.bloom_filter_length()),
        (column.column_index_offset(), column.column_index_length()),
        (column.offset_index_offset(), column.offset_index_length()),
    ];
    let mut aside = aside.into_iter().filter_map(|(start, length)| Some((start?, length)));
    column.num_values() >= 0
        && lies(first, column.compressed_size())
        && lies(column.data_page_offset(), 0)
        && aside.all(|(start, length)| lies(start, length.unwrap_or(0).into()))
}
