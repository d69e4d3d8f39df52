//! Roots → datasets: finds the files below the operator's locations, groups and names them; their names say which format
//! reads each. Saved queries are found here too. Opens no table: that is the catalog's.

pub mod naming;
mod queries;

use std::sync::Arc;

pub use naming::DatasetName;
pub use queries::SavedQuery;

use crate::config::Config;
use crate::format::{Formats, SourceFile, TableFormat};
use crate::store::Root;

/// Where datasets come from, and how their files are read.
#[derive(Debug)]
pub struct Sources {
    roots: Vec<Root>,
    queries: Option<Root>,
    formats: Arc<Formats>,
}

/// Files that are to be served as one table, and its names.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The dataset's id, and its schema and table in SQL.
    pub name: DatasetName,
    /// The files, one at least, each pinned to the version that was listed.
    pub files: Vec<SourceFile>,
    /// What reads them.
    pub format: Arc<dyn TableFormat>,
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
        let roots = config.locations.iter().enumerate();
        let roots = roots.map(|(index, location)| Root::new(index, location));
        let queries = config.queries.as_ref();
        Self {
            queries: queries.map(|folder| Root::new(config.locations.len(), folder)),
            ..Self::over(roots.collect(), Formats::new(&config.csv))
        }
    }

    /// These roots, whose files are read by these formats; there are no saved queries.
    pub fn over(roots: Vec<Root>, formats: Formats) -> Self {
        Self {
            roots,
            queries: None,
            formats: Arc::new(formats),
        }
    }

    /// The roots that tables are read from.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// What reads files.
    pub fn formats(&self) -> &Formats {
        &self.formats
    }

    /// Looks at every source, now.
    pub async fn discover(&self) -> Discovery {
        let mut found = Discovery::default();
        let mut names = naming::Claims::default();
        for root in &self.roots {
            let formats = Arc::clone(&self.formats);
            let listing = root.list(move |name| formats.of_name(name).is_some()).await;
            found.warnings.extend(listing.warnings);
            for meta in listing.files {
                let path = meta.location.as_ref();
                let file_name = path.rsplit('/').next().unwrap_or(path);
                let Some(claimed) = self.formats.of_name(file_name) else {
                    continue;
                };
                let stem = &path[..path.len() - file_name.len() + claimed.stem_bytes];
                let named = names.claim(stem, path);
                found.warnings.extend(named.warning);
                found.files.push(Discovered {
                    name: named.name,
                    format: claimed.format,
                    files: vec![SourceFile {
                        store: root.store(),
                        url: root.url().clone(),
                        compression: claimed.compression,
                        meta,
                    }],
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
