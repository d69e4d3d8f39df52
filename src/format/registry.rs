//! The kinds of files that are served: a new one is a line in [`Formats::new`].

use std::sync::Arc;

use flightstream_csv::Overrides;

use super::{CsvFormat, ParquetFormat, SourceFile, TableFormat};
use crate::error::Result;
use crate::store::{Compression, read_range};

/// Every kind of file that is served.
#[derive(Debug)]
pub struct Formats(Vec<Arc<dyn TableFormat>>);

/// What a file's name says of it.
#[derive(Debug, Clone)]
pub struct NamedFormat {
    /// What reads such a file.
    pub format: Arc<dyn TableFormat>,
    /// How it is compressed.
    pub compression: Compression,
    /// How many bytes of the name come before its suffixes.
    pub stem_bytes: usize,
}

impl Formats {
    /// All of them; CSV files are read as `csv` says where it says something.
    pub fn new(csv: &Overrides) -> Self {
        Self(vec![Arc::new(CsvFormat::new(csv.clone())), Arc::new(ParquetFormat)])
    }

    /// The kind that a file's name without folders claims, if it is a name that is served.
    pub fn of_name(&self, file_name: &str) -> Option<NamedFormat> {
        let (name, compression) = Compression::of(file_name);
        let (stem, suffix) = name.rsplit_once('.')?;
        let suffix = suffix.to_ascii_lowercase();
        let serves = |format: &&Arc<dyn TableFormat>| {
            format.suffixes().contains(&suffix.as_str())
                && (compression == Compression::None || format.is_compressible())
        };
        let format = self.0.iter().find(serves).filter(|_| !stem.is_empty())?;
        Some(NamedFormat {
            format: Arc::clone(format),
            compression,
            stem_bytes: stem.len(),
        })
    }

    /// The kind that a file's first bytes are those of, if it is one whose files all begin alike.
    ///
    /// # Errors
    /// `Unavailable` when the file changed or cannot be read.
    pub async fn of_content(&self, file: &SourceFile) -> Result<Option<Arc<dyn TableFormat>>> {
        let longest = self.0.iter().filter_map(|format| format.first_bytes()).map(<[u8]>::len);
        let size = file.meta.size.min(longest.max().unwrap_or_default() as u64);
        let start = read_range(&file.store, &file.meta, 0..size).await?;
        let begins =
            |format: &&Arc<dyn TableFormat>| format.first_bytes().is_some_and(|bytes| start.starts_with(bytes));
        Ok(self.0.iter().find(begins).map(Arc::clone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_served() {
        let formats = Formats::new(&Overrides::default());
        let cases = [
            ("a.csv", Some((1, Compression::None, "csv"))),
            ("a.b.TSV", Some((3, Compression::None, "csv"))),
            ("a.txt.Gz", Some((1, Compression::Gzip, "csv"))),
            ("a.parquet", Some((1, Compression::None, "parquet"))),
            ("a.parquet.gz", None),
            (".csv", None),
            ("a.md", None),
            ("csv", None),
            ("a.gz", None),
        ];
        for (name, expected) in cases {
            let named = formats.of_name(name);
            let named = named.map(|named| (named.stem_bytes, named.compression, named.format.name()));
            assert_eq!(named, expected, "{name}");
        }
    }
}
