//! Byte-order marks within a file, as where files were put one behind the other, are no part of a cell.

mod read;

use flightstream_csv::ColumnType::{self, Date32, Int64, Utf8};
use flightstream_csv::Overrides;
use read::{inferred, read_all_ways};

const MARK: &str = "\u{FEFF}";

/// Checks the types and the rows of `text`, in all ways to read it.
fn check(text: &str, kinds: &[ColumnType], expected: &[&str]) {
    let profile = inferred(text, &Overrides::default());
    let (surveyed, rows) = read_all_ways(&profile, text, &[1, 7]);
    assert_eq!(surveyed.profile, profile, "{text:?}");
    let found: Vec<_> = profile.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        (found.as_slice(), rows),
        (kinds, expected.iter().map(|row| (*row).to_owned()).collect()),
        "{text:?}"
    );
}

#[test]
fn a_mark_at_the_start_of_a_line_is_dropped() {
    check(
        &format!("id,name\n1,a\n{MARK}2,b\n3,c\n"),
        &[Int64, Utf8],
        &["1|a", "2|b", "3|c"],
    );
    check(
        &format!("name,n\r\nx,1\r\n{MARK}\"y,\r\nz\",2\r\n{MARK}\"w\",3"),
        &[Utf8, Int64],
        &["x|1", "y,\r\nz|2", "w|3"],
    );
    check(
        &format!("id;day\n{MARK}1;2024-01-31\n{MARK}{MARK}2;2024-02-01\n"),
        &[Int64, Date32],
        &["1|day 19753", "2|day 19754"],
    );
    check(
        &format!("id||name\n1||a\n{MARK}\"2\"||\"b||c\"\n"),
        &[Int64, Utf8],
        &["1|a", "2|b||c"],
    );
}

#[test]
fn a_mark_in_front_of_the_header_once_more() {
    check(
        &format!("\"id\",\"n\"\n1,2\n{MARK}\"id\",\"n\"\n3,4\n"),
        &[Int64, Int64],
        &["1|2", "3|4"],
    );
}

#[test]
fn a_line_of_a_mark_alone_is_blank() {
    check(
        &format!("id,n\n1,2\n{MARK}\n3,4\n{MARK}"),
        &[Int64, Int64],
        &["1|2", "3|4"],
    );
}

#[test]
fn many_rows_are_read_by_their_structure() {
    let part: String = (0..500).map(|i| format!("{i},name {i}\n")).collect();
    let text = format!("id,name\n{part}{MARK}{part}{MARK}\"7\",x\n");
    let profile = inferred(&text, &Overrides::default());
    assert_eq!(profile.columns[0].kind, Int64);
    let (_, rows) = read_all_ways(&profile, &text, &[1000]);
    assert_eq!(
        (rows.len(), rows[500].as_str(), rows[1000].as_str()),
        (1001, "0|name 0", "7|x")
    );
}

#[test]
fn a_mark_elsewhere_is_text() {
    check(
        &format!("id,name\n1,{MARK}a\n2,b{MARK}\n"),
        &[Int64, Utf8],
        &[&format!("1|{MARK}a"), &format!("2|b{MARK}")],
    );
    check(
        &format!("id,note\n1,\"two\n{MARK}lines\"\n2,\"{MARK}\"\n"),
        &[Int64, Utf8],
        &[&format!("1|two\n{MARK}lines"), &format!("2|{MARK}")],
    );
}
