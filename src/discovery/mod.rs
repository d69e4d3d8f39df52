//! Roots → datasets: finds the files below the operator's locations, names them, and says which format reads each.
//! Saved queries are found here too. Opens no table: that is the catalog's.

pub mod naming;
mod queries;

use std::sync::Arc;

pub use naming::DatasetName;
pub use queries::SavedQuery;

use crate::config::Config;
use crate::format::{CsvFormat, ParquetFormat, SourceFile, TableFormat};
use crate::store::{Compression, Root};

/// Where datasets come from, and how their files are read.
#[derive(Debug)]
pub struct Sources {
    roots: Vec<Root>,
    queries: Option<Root>,
    csv: Arc<dyn TableFormat>,
    parquet: Arc<dyn TableFormat>,
}

/// A file that is to be served, and its names.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The dataset's id, and its schema and table in SQL.
    pub name: DatasetName,
    /// The file, pinned to the version that was listed.
    pub file: SourceFile,
    /// What reads it.
    pub format: Arc<dyn TableFormat>,
}

impl Discovered {
    /// Whether it is read as CSV.
    pub fn is_csv(&self) -> bool {
        let name = self.file.name();
        Kind::of(name.rsplit('/').next().unwrap_or(name)).is_some_and(|(.., kind)| kind == Kind::Csv)
    }
}

/// What one look at the sources found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The files, by root and path; every name is unique.
    pub files: Vec<Discovered>,
    /// The saved queries, by file name; every name is unique among files and queries.
    pub queries: Vec<SavedQuery>,
    /// One sentence for each thing that was left out or renamed.
    pub warnings: Vec<String>,
}

impl Sources {
    /// The sources that `config` names.
    pub fn new(config: &Config) -> Self {
        let roots = config
            .locations
            .iter()
            .enumerate()
            .map(|(index, location)| Root::new(index, location));
        Self {
            roots: roots.collect(),
            queries: config
                .queries
                .as_ref()
                .map(|folder| Root::new(config.locations.len(), folder)),
            csv: Arc::new(CsvFormat::new(config.csv.clone())),
            parquet: Arc::new(ParquetFormat),
        }
    }

    /// The roots that tables are read from.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Looks at every source, now.
    pub async fn discover(&self) -> Discovery {
        let mut found = Discovery::default();
        let mut names = naming::Names::default();
        for root in &self.roots {
            let listing = root.list(|name| Kind::of(name).is_some()).await;
            found.warnings.extend(listing.warnings);
            for entry in listing.entries {
                let path = entry.meta.location.as_ref();
                let file_name = path.rsplit('/').next().unwrap_or(path);
                let Some((stem_bytes, compression, kind)) = Kind::of(file_name) else {
                    continue;
                };
                let stem = &path[..path.len() - file_name.len() + stem_bytes];
                let named = names.claim(stem, path);
                found.warnings.extend(named.warning);
                found.files.push(Discovered {
                    name: named.name,
                    format: self.format(kind),
                    file: SourceFile {
                        store: root.store(),
                        url: root.url().clone(),
                        compression,
                        meta: entry.meta,
                    },
                });
            }
        }
        if let Some(root) = &self.queries {
            let (queries, warnings) = queries::saved_queries(root, &mut names).await;
            found.queries = queries;
            found.warnings.extend(warnings);
        }
        found
    }

    fn format(&self, kind: Kind) -> Arc<dyn TableFormat> {
        match kind {
            Kind::Csv => Arc::clone(&self.csv),
            Kind::Parquet => Arc::clone(&self.parquet),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Parquet,
}

impl Kind {
    /// The length of a file name's stem, its compression and its kind, if it is a name that is served.
    fn of(file_name: &str) -> Option<(usize, Compression, Self)> {
        let (name, compression) = Compression::of(file_name);
        let (stem, suffix) = name.rsplit_once('.')?;
        let kind = match suffix.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Self::Csv,
            "parquet" if compression == Compression::None => Self::Parquet,
            _ => return None,
        };
        (!stem.is_empty()).then_some((stem.len(), compression, kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_served() {
        let csv = |stem, compression| Some((stem, compression, Kind::Csv));
        let cases = [
            ("a.csv", csv(1, Compression::None)),
            ("a.b.TSV", csv(3, Compression::None)),
            ("a.txt.Gz", csv(1, Compression::Gzip)),
            ("a.parquet", Some((1, Compression::None, Kind::Parquet))),
            ("a.parquet.gz", None),
            (".csv", None),
            ("a.md", None),
            ("csv", None),
            ("a.gz", None),
        ];
        for (name, expected) in cases {
            assert_eq!(Kind::of(name), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn files_with_one_id_are_both_served() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sales")).unwrap();
        for name in ["a.csv", "a.tsv", "sales/2024.csv"] {
            std::fs::write(dir.path().join(name), "x\n1\n").unwrap();
        }
        let config = Config {
            locations: vec![dir.path().into()],
            ..Config::default()
        };
        let found = Sources::new(&config).discover().await;
        let names: Vec<_> = found
            .files
            .iter()
            .map(|file| {
                (
                    file.name.id.as_str(),
                    file.name.schema.as_str(),
                    file.name.table.as_str(),
                )
            })
            .collect();
        assert_eq!(
            names,
            [
                ("a", "public", "a"),
                ("a.tsv", "public", "a.tsv"),
                ("sales/2024", "sales", "2024")
            ]
        );
        assert_eq!(
            found.warnings,
            ["'a.tsv' is served under its whole name: the name 'a' is taken"]
        );
    }
}
