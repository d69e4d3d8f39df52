//! Where rows come from, and what became of the others: `_file`, `_line`, `_record` and `_offset`, `<table>$rejects`, and
//! the ledger in `flightstream.files`.

use std::fmt::Write;
use std::path::Path;

use arrow_flight::{FlightDescriptor, Ticket};
use tempfile::TempDir;

use crate::gateway::TestGateway;
use crate::tools::corpora;
use crate::wire::{Flight, ask, connect, sql, until};

struct Served {
    folder: TempDir,
    gateway: TestGateway,
}

impl Served {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let gateway = TestGateway::serve(folder.path());
        Self { folder, gateway }
    }

    async fn connect(&self) -> Flight {
        connect(self.gateway.url()).await
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_say_where_they_come_from_when_they_are_asked() {
    let text = "note\n\nid,name\n1,a\n\"2\",\"b\nb\"\n\n3,c,x\n4,d\n";
    let served = Served::new(&[("t.csv", text.as_bytes()), ("u.csv", b"id,v\n1,x\n4,y\n")]);
    let mut flight = served.connect().await;
    for (statement, expected) in [
        ("SELECT * FROM t", &["1|a", "2|b\nb", "4|d"][..]),
        (
            "SELECT _file, _line, _record, _offset, id FROM t",
            &["t.csv|4|1|14|1", "t.csv|5|2|18|2", "t.csv|9|4|35|4"],
        ),
        ("SELECT _line, * FROM t WHERE id > 1", &["5|2|b\nb", "9|4|d"]),
        ("SELECT * FROM t WHERE _line = 9", &["4|d"]),
        ("SELECT id FROM t ORDER BY _offset DESC LIMIT 1", &["4"]),
        ("SELECT T._LINE, T.* FROM t WHERE ID = 4", &["9|4|d"]),
        (
            "SELECT a._line, b._line, a.*, b.v FROM t a JOIN u b ON a.id = b.id ORDER BY 1",
            &["4|2|1|a|x", "9|3|4|d|y"],
        ),
        ("SELECT count(*), max(_record) FROM t", &["3|4"]),
        (
            "WITH w AS (SELECT _line AS l, * FROM t) SELECT * FROM w ORDER BY l LIMIT 1",
            &["4|1|a"],
        ),
    ] {
        assert_eq!(ask(&mut flight, sql(statement)).await.unwrap(), expected, "{statement}");
    }
    let several = sql("SELECT a._line, * FROM t a JOIN u b ON a.id = b.id");
    let several = ask(&mut flight, several).await.unwrap_err();
    assert_eq!(
        several.message(),
        "'*' of several files does not go with '_line' and the like: write 't.*' for each (line 1, column 17)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_gives_its_lineage_to_who_names_it() {
    let served = Served::new(&[("t.csv", b"id,name\n1,a\n2,b\n")]);
    let mut flight = served.connect().await;
    for (command, expected) in [
        (
            r#"{"dataset":"t","columns":["_line","name"]}"#,
            ["2|a", "3|b"].as_slice(),
        ),
        (r#"{"dataset":"t","filter":"_line > 2"}"#, &["2|b"]),
        ("t", &["1|a", "2|b"]),
    ] {
        let descriptor = FlightDescriptor::new_cmd(command);
        assert_eq!(ask(&mut flight, descriptor).await.unwrap(), expected, "{command}");
    }
}

/// Rows of all kinds in an order that is the same every time.
fn numbered(rows: usize) -> String {
    let mut text = String::from("id,text,x\n");
    let mut state = 88_172_645_463_325_252_u64;
    for id in 0..rows {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state % 60 {
            0..10 => writeln!(text, "{id},\"two\nlines, \"\"é\"\"\",{}", state % 1000),
            10..20 => writeln!(text, "{id},ü,{}\r", state % 1000),
            20..30 => writeln!(text, "\n{id},plain,{}", state % 1000),
            30..40 => writeln!(text, "{id},short"),
            40 => writeln!(text, "{id},\"open,{}\nrejected,row,1,2", state % 1000),
            _ => writeln!(text, "{id},\"\",{}", state % 1000),
        }
        .unwrap();
    }
    text
}

/// For 1,000 rows of each file: the bytes at `_offset` are that row's, and `_line` is what counting finds.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_and_lines_lead_to_the_rows() {
    let text = numbered(60_000);
    let marked = format!("\u{feff}{text}").into_bytes();
    let utf16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = encoding_of_latin(&text);
    let served = Served::new(&[
        ("plain.csv", text.as_bytes()),
        ("marked.csv", &marked),
        ("utf16.csv", &utf16),
        ("latin.csv", &latin),
    ]);
    let mut flight = served.connect().await;
    let decode_latin = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect::<String>();
    let decode_utf16 = |bytes: &[u8]| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    let decode_utf8 = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    type Decode<'a> = &'a dyn Fn(&[u8]) -> String;
    for (name, decode, unit) in [
        ("plain", &decode_utf8 as Decode<'_>, 1),
        ("marked", &decode_utf8, 1),
        ("utf16", &decode_utf16, 2),
        ("latin", &decode_latin, 1),
    ] {
        let bytes = std::fs::read(served.path().join(format!("{name}.csv"))).unwrap();
        let feeds: Vec<usize> = (0..bytes.len())
            .step_by(unit)
            .filter(|&at| bytes[at] == b'\n' && bytes[at + 1..at + unit].iter().all(|&high| high == 0))
            .collect();
        for statement in [
            format!("SELECT id, _line, _offset, _record FROM {name}"),
            // Read in parts, in parallel.
            format!("SELECT id, max(_line), max(_offset), max(_record) FROM {name} GROUP BY id"),
        ] {
            let found = ask(&mut flight, sql(&statement)).await.unwrap();
            assert!(found.len() > 50_000, "{name}: {}", found.len());
            for place in found.iter().step_by(found.len() / 1000) {
                let numbers: Vec<i64> = place.split('|').map(|number| number.parse().expect(place)).collect();
                let [id, line, offset, record] = numbers[..] else {
                    panic!("{place}")
                };
                let at = usize::try_from(offset).unwrap();
                let here = decode(&bytes[at..bytes.len().min(at + 200)]);
                assert!(here.starts_with(&format!("{id},")), "{name} {id}: {here:.40}");
                let lines = feeds.partition_point(|&feed| feed < at) as i64 + 1;
                assert_eq!(line, lines, "{name} {id}");
                assert!(record > id, "{name} {id}");
            }
        }
    }
}

fn encoding_of_latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_in_the_ledger() {
    let text = "title\n\na;b\n# no\n\"1\";\"2\"\n\n3;4;5\n6\n\"7;8\n\"9\";\"9\"\n\"10\";\"x;y\"\n";
    let served = Served::new(&[("t.csv", text.as_bytes()), ("u.csv", b"x\n1\n")]);
    let mut flight = served.connect().await;
    let ledger =
        "SELECT id, records, preamble, header, comment, blank, served, rejected FROM flightstream.files ORDER BY id";
    let found = ask(&mut flight, sql(ledger)).await.unwrap();
    assert_eq!(found, ["t|11|2|1|1|1|4|2", "u|2|0|1|0|0|1|0"]);
    let rejects = sql("SELECT line, \"offset\", column_name, raw, reason FROM \"T$rejects\"");
    assert_eq!(
        ask(&mut flight, rejects).await.unwrap(),
        [
            "7|25|NULL|3;4;5|it has 3 cells where the table has 2 columns",
            "9|33|NULL|\"7;8|a quote opens and is not closed",
        ]
    );
    let none = ask(&mut flight, sql("SELECT count(*) FROM u$rejects")).await.unwrap();
    assert_eq!(none, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_are_bounded_and_say_so() {
    let text = format!("a,b\n{}", "1,2\n".repeat(20_000)) + &"1,2,3\n".repeat(5000);
    let served = Served::new(&[("t.csv", text.as_bytes())]);
    let mut flight = served.connect().await;
    let last = sql("SELECT count(*), max(reason) FILTER (WHERE line IS NULL) FROM t$rejects");
    let last = ask(&mut flight, last).await.unwrap();
    assert_eq!(
        last,
        ["1001|4000 more records are rejected; only the first 1000 are kept"]
    );
    let found = sql("SELECT rejected, served FROM flightstream.files");
    assert_eq!(ask(&mut flight, found).await.unwrap(), ["5000|20000"]);
}

/// Far behind every sample a value that is no number: no path gives it as a number or as NULL.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_far_in_the_file_is_never_lost() {
    let mut text = String::from("n\n");
    (0..2_000_000).for_each(|n| match n {
        1_000_000 => text.push_str("abc\n"),
        n => writeln!(text, "{n}").unwrap(),
    });
    let served = Served::new(&[("t.csv", text.as_bytes())]);
    let mut flight = served.connect().await;
    // Until the whole file has been read, whoever meets the value is told.
    for statement in [
        "SELECT count(n), count(*) FROM t",
        "SELECT count(*) FROM t WHERE n = 'abc'",
    ] {
        let answer = ask(&mut flight, sql(statement)).await;
        match answer {
            Err(error) if statement.contains("count(n)") => {
                let said = error.message();
                assert!(
                    said.contains("'t.csv': line 1000002, column \"n\": 'abc' is not an Int64"),
                    "{said}"
                );
                assert_eq!(error.code(), tonic::Code::Unavailable);
            }
            Err(error) => assert!(error.message().contains("'abc'"), "{error}"),
            Ok(rows) => assert!(rows == ["2000000|2000000"] || rows == ["1"], "{statement}: {rows:?}"),
        }
    }
    until("the column is text", || {
        let mut flight = flight.clone();
        async move {
            let found = ask(&mut flight, sql("SELECT count(n), count(*) FROM t WHERE n = 'abc'")).await;
            found.is_ok_and(|rows| rows == ["1|1"]).then_some(())
        }
    })
    .await;
    let batches = crate::wire::get(&mut flight, Ticket::new("t")).await.unwrap().1;
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2_000_000);
    assert!(batches.iter().all(|batch| batch.column(0).null_count() == 0));
    let files = sql("SELECT served, rejected, warnings FROM flightstream.files");
    assert_eq!(
        ask(&mut flight, files).await.unwrap(),
        ["2000000|0|line 1000002, column \"n\": 'abc' is not an Int64; the column is Utf8"]
    );
}

/// What is known of a checked file answers a question without reading it: the same as reading it does.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_columns_is_true() {
    let mut text = String::from("i,d,f,t,s\n");
    for n in 0..3000 {
        match n % 10 {
            0 => writeln!(text, "{n},2024-01-{:02}", n % 28 + 1),
            1 => writeln!(text, ",,NaN,,x"),
            _ => writeln!(
                text,
                "{},2024-02-{:02},{}.5,10:{:02},y",
                5000 - n,
                n % 28 + 1,
                n,
                n % 60
            ),
        }
        .unwrap();
    }
    let served = Served::new(&[("t.csv", text.as_bytes())]);
    let mut flight = served.connect().await;
    let asked = |table: &str| {
        let columns = ["i", "d", "f", "t", "s"].map(|c| format!("count({c}), min({c}), max({c})"));
        sql(&format!("SELECT count(*), {} FROM {table}", columns.join(", ")))
    };
    let known = ask(&mut flight, asked("t")).await.unwrap();
    let read = ask(&mut flight, asked("(SELECT * FROM t WHERE random() >= 0)"))
        .await
        .unwrap();
    assert_eq!(known, read);
    assert!(
        known[0].starts_with("3000|2700|0|4998|2700|2024-01-01|2024-02-28|"),
        "{known:?}"
    );
}

/// Files that nobody here made, and that are broken in every way: a folder of them is served, every table gives the rows
/// that the ledger says, and every record is accounted for.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_strange_files_is_served() {
    let Some(corpora) = corpora() else { return };
    let gateway = TestGateway::serve(&corpora.join("duckdb-csv/csv"));
    let mut flight = connect(gateway.url()).await;
    let unchecked = sql("SELECT count(*) FROM flightstream.files WHERE NOT checked");
    until("all files are checked", || {
        let (mut flight, unchecked) = (flight.clone(), unchecked.clone());
        async move { (ask(&mut flight, unchecked).await.unwrap() == ["0"]).then_some(()) }
    })
    .await;
    let unbalanced = "SELECT id FROM flightstream.files
        WHERE records <> preamble + header + comment + blank + served + rejected";
    assert_eq!(ask(&mut flight, sql(unbalanced)).await.unwrap(), [""; 0]);
    let files =
        sql("SELECT schema_name, table_name, served, rejected FROM flightstream.files WHERE format LIKE 'csv%'");
    let files = ask(&mut flight, files).await.unwrap();
    assert!(files.len() > 700, "{}", files.len());
    for file in files {
        let [schema, table, served, rejected] = file.split('|').collect::<Vec<_>>()[..] else {
            continue; // A name with a bar in it.
        };
        let table = format!("\"{schema}\".\"{table}\"");
        // The engine cannot know how many rows a filter of its own lets through.
        let read = ask(
            &mut flight,
            sql(&format!("SELECT count(*) FROM {table} WHERE random() >= 0")),
        )
        .await;
        assert_eq!(read.unwrap(), [served], "{table}");
        let rejects = format!("SELECT count(*) FROM \"{schema}\".{}", table_of_rejects(&table));
        let rejects = ask(&mut flight, sql(&rejects)).await.unwrap();
        let kept = rejected.parse::<u64>().unwrap().min(1001).to_string();
        assert_eq!(rejects, [kept], "{table}");
    }
}

/// The quoted name of the table of what the table of this quoted name rejects.
fn table_of_rejects(table: &str) -> String {
    let (_, name) = table.split_once("\".\"").unwrap();
    format!("\"{}$rejects\"", name.trim_end_matches('"'))
}

#[tokio::test(flavor = "multi_thread")]
async fn other_tables_and_headers_that_come_again_are_rejected() {
    let several = b"id,qty,price\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n\ncode,count\n1,100\n2,200\n\n13,14,15\n";
    let months = [1, 2]
        .map(|month| format!("day,n\n2024-0{month}-01,{month}\n"))
        .concat();
    let served = Served::new(&[("several.csv", several), ("months.csv", months.as_bytes())]);
    let mut flight = served.connect().await;
    for (statement, expected) in [
        (
            "SELECT sum(qty), max(_line), max(_record) FROM several",
            &["40|11|8"][..],
        ),
        (
            "SELECT line, raw, reason FROM \"several$rejects\"",
            &[
                "7|code,count|it belongs to another table, which begins on line 7",
                "8|1,100|it belongs to another table, which begins on line 7",
                "9|2,200|it belongs to another table, which begins on line 7",
            ],
        ),
        ("SELECT * FROM months", &["2024-01-01|1", "2024-02-01|2"]),
        (
            "SELECT line, raw, reason FROM \"months$rejects\"",
            &["3|day,n|it is the header once more"],
        ),
        (
            "SELECT id, records, served, rejected FROM flightstream.files ORDER BY id",
            &["months|4|2|1", "several|11|5|3"],
        ),
    ] {
        assert_eq!(ask(&mut flight, sql(statement)).await.unwrap(), expected, "{statement}");
    }
}
