//! Where the tables lie that clients write, and whether two places on the disk are apart.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// A place for the tables that clients write.
#[derive(Clone, PartialEq, Eq)]
pub enum WritablePlace {
    /// A folder.
    Folder(PathBuf),
    /// A prefix of an S3-compatible bucket.
    Bucket {
        /// `s3://bucket/prefix`.
        url: String,
        /// How it is reached: the variables that the AWS tools know (`AWS_REGION`, `AWS_ENDPOINT_URL`, …) and their values.
        settings: Vec<(String, String)>,
    },
}

impl WritablePlace {
    /// What `--writable` names.
    pub(super) fn named(place: &Path) -> Self {
        match place.to_str() {
            Some(url) if url.starts_with("s3://") => Self::Bucket {
                url: url.into(),
                settings: std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect(),
            },
            _ => Self::Folder(place.into()),
        }
    }
}

impl From<PathBuf> for WritablePlace {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl From<&Path> for WritablePlace {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.into())
    }
}

/// Without the settings: there are secrets among them.
impl std::fmt::Debug for WritablePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "Folder({})", folder.display()),
            Self::Bucket { url, .. } => write!(f, "Bucket({url})"),
        }
    }
}

/// Refuses a writable folder that has to do with a place that is served: what clients write there would be served as a
/// file too, or a file be taken for what clients wrote.
pub(super) fn check_apart<'a>(folder: &Path, served: impl IntoIterator<Item = &'a PathBuf>) -> Result<()> {
    let writable = real(folder);
    for location in served {
        let served = real(location);
        let relation = match (writable.starts_with(&served), served.starts_with(&writable)) {
            (true, true) => "is",
            (true, false) => "is inside",
            (false, true) => "is around",
            (false, false) => continue,
        };
        return Err(Error::invalid(format!(
            "--writable: '{}' {relation} the served '{}': it must be a folder apart",
            folder.display(),
            location.display()
        )));
    }
    Ok(())
}

/// Where a path leads: what exists of it made canonical, the rest taken literally.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let existing = path
        .ancestors()
        .find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let Some((ancestor, mut found)) = existing else {
        return path;
    };
    for part in path.strip_prefix(ancestor).into_iter().flat_map(Path::components) {
        match part {
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writable_folder_has_nothing_to_do_with_what_is_served() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("data/sub")).unwrap();
        std::os::unix::fs::symlink("data", at("link")).unwrap();
        let check = |writable: &str| check_apart(&at(writable), [&at("data"), &at("not there yet")]);
        for apart in ["tables", "data2", "tables/deep", "data/../tables", "not there"] {
            check(apart).unwrap();
        }
        for (writable, relation) in [
            ("data", "is"),
            ("data/new/deep", "is inside"),
            ("link/sub", "is inside"),
            ("tables/../data", "is"),
            ("not there yet/w", "is inside"),
            ("", "is around"),
        ] {
            let error = check(writable).unwrap_err();
            assert!(
                error.message().contains(&format!("' {relation} the served '")),
                "{error}"
            );
        }
    }
}
