//! Where the shared corpora are, and what is in their files.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder `duckdb-csv` of the shared corpora; `None` if it is not there.
pub(crate) fn duckdb_csv() -> Option<PathBuf> {
    corpus("duckdb-csv")
}

/// A folder of the shared corpora; `None` if it is not there.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let shared = match variable("FLIGHTSTREAM_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"),
    };
    Some(shared.join(name)).filter(|folder| folder.is_dir())
}

#[allow(
    clippy::disallowed_methods,
    reason = "tests have no configuration but their environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Says that a test is skipped, and why; it fails instead where all of them have to run.
#[allow(dead_code, reason = "a program that prints the score skips nothing")]
pub(crate) fn skip(test: &str, why: &str) {
    assert!(
        variable("CI").is_none_or(|value| value != "true"),
        "{test} cannot be skipped: {why}"
    );
    eprintln!("skipped {test}: {why}");
}

/// The paths of all files below a folder, relative to it, in order.
#[allow(dead_code, reason = "a program that prints the score has a list of files")]
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).expect("it is below the folder").to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The bytes of a file, decompressed; a file that is not what its name says is taken as it is.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut plain = Vec::new();
    let read = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut plain)
            .ok(),
        Some("zst") => zstd::Decoder::new(&bytes[..])
            .and_then(|mut decoder| decoder.read_to_end(&mut plain))
            .ok(),
        _ => None,
    };
    read.map_or(bytes, |_| plain)
}
