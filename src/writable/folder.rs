//! Names of tables → names of folders that every file system takes, and back to whether a file is one of ours.

use uuid::Uuid;

use crate::discovery::DatasetName;

/// The folder of temporary tables. No table's folder begins with a dot.
pub(super) const TEMPORARY: &str = ".temporary";
/// What a table is made of; without it a folder holds no table.
pub(super) const MANIFEST: &str = "manifest.json";

/// File systems take 255 bytes, encrypting ones 143.
const MAX_BYTES: usize = 120;

/// The folder of a table: schema and table with all but `a-z0-9_-` as `%xx`, so that names which differ by case alone
/// differ on every file system and `..` is no step up. A long name is cut and told apart by a hash.
pub(super) fn folder_of(name: &DatasetName) -> String {
    let whole = format!("{}.{}", encoded(&name.schema), encoded(&name.table));
    if whole.len() <= MAX_BYTES {
        return whole;
    }
    format!("{}~{:032x}", &whole[..MAX_BYTES - 33], fnv(whole.as_bytes()))
}

/// A name for a new file of rows.
pub(super) fn data_file() -> String {
    format!("{}.parquet", Uuid::new_v4().simple())
}

/// A name for a manifest before it takes its place.
pub(super) fn temporary_manifest() -> String {
    format!("manifest.{}.tmp", Uuid::new_v4().simple())
}

/// Whether a file has a name that this module makes up. Others in a table's folder are not ours to remove.
pub(super) fn is_ours(file: &str) -> bool {
    let middle = file
        .strip_suffix(".parquet")
        .or_else(|| file.strip_prefix("manifest.")?.strip_suffix(".tmp"));
    middle.is_some_and(|middle| middle.len() == 32 && middle.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

/// FNV-1a. Not the standard library's hash: the name of a folder must not change with a release of it.
fn fnv(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_folder_of_its_own() {
        let folder = |schema: &str, table: &str| folder_of(&DatasetName::in_schema(schema, table));
        assert_eq!(folder("public", "trips_2024"), "public.trips_2024");
        assert_eq!(folder("public", "Trips"), "public.%54rips");
        assert_eq!(folder("..", "a/b"), "%2e%2e.a%2fb");
        assert_eq!(folder("a", "b.c"), "a.b%2ec");
        assert_ne!(folder("a.b", "c"), folder("a", "b.c"));
        let (one, two) = (folder("public", &"ä".repeat(500)), folder("public", &"ä".repeat(501)));
        assert!(one != two && one.len() == MAX_BYTES && two.len() == MAX_BYTES);
    }

    #[test]
    fn only_our_files_are_ours() {
        assert!(is_ours(&data_file()) && is_ours(&temporary_manifest()));
        for other in ["manifest.json", "a.parquet", "notes.txt", "manifest.tmp"] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
