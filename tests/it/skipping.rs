//! Of a file that was read whole, a filter reads only the parts that may hold its rows, and finds the rows of all parts.

use std::fmt::Write;

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, counted, sql};

/// Row `id` of the file: numbers that rise, that come again, that are missing for a while and that are NaN at times.
struct Row {
    id: i64,
    share: f64,
    gap: Option<i64>,
    wild: i64,
}

const ROWS: i64 = 24_000;

impl Row {
    fn new(id: i64) -> Self {
        Row {
            id,
            share: if id == 15_000 { f64::NAN } else { id as f64 / 4.0 },
            gap: (id >= 12_000).then_some(-id),
            wild: id * 7919 % 1000,
        }
    }

    /// Its record: every hundredth has a line end within.
    fn write(&self, csv: &mut String) {
        let Row { id, share, wild, .. } = self;
        let gap = self.gap.map(|gap| gap.to_string()).unwrap_or_default();
        let note = if id % 100 == 7 {
            "\"two\nlines\""
        } else {
            "one line, padded to some length"
        };
        let note = note.replace(',', "");
        writeln!(csv, "{id},{share},{gap},{wild},{note}").unwrap();
    }
}

/// A condition in SQL, the same in Rust, and whether parts can be skipped for it.
type Case = (&'static str, fn(&Row) -> bool, bool);

const CASES: [Case; 17] = [
    ("id = 17", |row| row.id == 17, true),
    ("id >= 23990", |row| row.id >= 23_990, true),
    (
        "id < 40 OR id BETWEEN 12000 AND 12010",
        |row| row.id < 40 || (12_000..=12_010).contains(&row.id),
        true,
    ),
    (
        "id IN (3, 9000, 23999)",
        |row| [3, 9000, 23_999].contains(&row.id),
        true,
    ),
    ("id % 1000 = 5", |row| row.id % 1000 == 5, false),
    ("NOT (id > 100)", |row| row.id <= 100, true),
    ("id > 24000", |_| false, true),
    ("share < 2.5", |row| row.share < 2.5, true),
    ("share > 5990", |row| row.share > 5990.0 || row.share.is_nan(), true),
    ("share = 'NaN'::double", |row| row.share.is_nan(), true),
    (
        "gap IS NOT NULL AND id % 5000 = 0",
        |row| row.gap.is_some() && row.id % 5000 == 0,
        true,
    ),
    (
        "gap IS NULL AND id % 5000 = 0",
        |row| row.gap.is_none() && row.id % 5000 == 0,
        true,
    ),
    ("gap <= -23995", |row| row.gap.is_some_and(|gap| gap <= -23_995), true),
    ("gap > -12003", |row| row.gap.is_some_and(|gap| gap > -12_003), true),
    ("wild = 3 AND id < 3000", |row| row.wild == 3 && row.id < 3000, true),
    ("wild >= 0 AND id % 2000 = 3", |row| row.id % 2000 == 3, false),
    (
        "note = 'two\nlines' AND id > 23800",
        |row| row.id % 100 == 7 && row.id > 23_800,
        true,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_finds_all_its_rows_and_reads_no_more_than_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("id,share,gap,wild,note\n");
    let rows: Vec<Row> = (0..ROWS).map(Row::new).collect();
    rows.iter().for_each(|row| row.write(&mut csv));
    std::fs::write(folder.path().join("t.csv"), csv).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "t").await, ROWS);

    for (condition, is_wanted, skips) in CASES {
        let expected: Vec<String> = rows
            .iter()
            .filter(|row| is_wanted(row))
            .map(|row| row.id.to_string())
            .collect();
        let statement = format!("SELECT id FROM t WHERE {condition} ORDER BY id");
        assert_eq!(
            ask(&mut flight, sql(&statement)).await.unwrap(),
            expected,
            "{condition}"
        );
        let statement = format!("SELECT id FROM t WHERE {condition}");
        assert_eq!(
            ask(&mut flight, sql(&statement)).await.unwrap(),
            expected,
            "{condition}"
        );
        assert_eq!(skipped(&mut flight, &statement).await > 0, skips, "{condition}");
    }
    // The first rows of an order are known before the last ones are read.
    let statement = "SELECT id FROM t ORDER BY id LIMIT 3";
    assert_eq!(ask(&mut flight, sql(statement)).await.unwrap(), ["0", "1", "2"]);
    assert!(skipped(&mut flight, statement).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_found_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("\u{FEFF}id,share,gap,wild,note\n");
    let mut lines = 1;
    let places = (0..ROWS).map(|id| {
        let (start, place) = (csv.len(), [lines + 1, id as usize + 1, csv.len()]);
        Row::new(id).write(&mut csv);
        lines += csv[start..].matches('\n').count();
        place
    });
    let places: Vec<[usize; 3]> = places.collect();
    std::fs::write(folder.path().join("t.csv"), &csv).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "t").await, ROWS);
    for id in [0, 1, 4321, 12_007, 23_998, 23_999] {
        let [line, record, offset] = places[id];
        for condition in [
            format!("_line = {line}"),
            format!("_record = {record}"),
            format!("_offset = {offset}"),
        ] {
            let statement = format!("SELECT _line, _record, _offset, id FROM t WHERE {condition}");
            let expected = [format!("{line}|{record}|{offset}|{id}")];
            assert_eq!(
                ask(&mut flight, sql(&statement)).await.unwrap(),
                expected,
                "{condition}"
            );
            assert!(skipped(&mut flight, &statement).await > 0, "{condition}");
        }
    }
}

/// How many parts of files a statement did without, as `EXPLAIN ANALYZE` tells it.
async fn skipped(flight: &mut crate::wire::Flight, statement: &str) -> usize {
    let told = ask(flight, sql(&format!("EXPLAIN ANALYZE {statement}"))).await.unwrap();
    let told = told.join("\n");
    let (_, number) = told
        .split_once("zones_skipped=")
        .unwrap_or_else(|| panic!("no zones: {told}"));
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
