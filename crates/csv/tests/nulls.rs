//! Words for NULL that the caller names.

mod read;

use flightstream_csv::ColumnType::{self, Float64, Int64, Utf8};
use flightstream_csv::{Bound, CsvProfile, Decoder, Overrides, QuotedNumbers};
use read::{inferred, read_all_ways};

fn named(words: &[&str]) -> Overrides {
    Overrides {
        nulls: words.iter().map(|word| word.parse().expect("it is a word")).collect(),
        ..Overrides::default()
    }
}

fn kinds(profile: &CsvProfile) -> Vec<ColumnType> {
    profile.columns.iter().map(|column| column.kind).collect()
}

#[test]
fn named_words_are_null() {
    /// The file, the words, the types, and the rows.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [ColumnType], &'a [&'a str]);
    let cases: [Case<'_>; 12] = [
        (
            "id;n\n1;2\n2;k.A.\n3;4\n",
            &["k.A."],
            &[Int64, Int64],
            &["1|2", "2|", "3|4"],
        ),
        (
            "id;n\n1;2\n2; K.A. \n3;4\n",
            &["n:k.A."],
            &[Int64, Int64],
            &["1|2", "2|", "3|4"],
        ),
        (
            "id;n\n1;2\n2;k.A.\n3;4\n",
            &["id:k.A."],
            &[Int64, Utf8],
            &["1|2", "2|k.A.", "3|4"],
        ),
        (
            "id;n\n1;2\n2;k.A.\n3;4\n",
            &[],
            &[Int64, Utf8],
            &["1|2", "2|k.A.", "3|4"],
        ),
        (
            "id;n\n1;-999\n-999;2.5\n",
            &["-999"],
            &[Int64, Float64],
            &["1|", "|2.5"],
        ),
        (
            "id;n\n1;-999\n-999;2.5\n",
            &["n:-999"],
            &[Int64, Float64],
            &["1|", "-999|2.5"],
        ),
        (
            "id;t\n1;x\n2;missing\n3;\n",
            &["Missing"],
            &[Int64, Utf8],
            &["1|x", "2|", "3|"],
        ),
        (
            "id;t\n1;x\n2;missing\n",
            &["id:missing"],
            &[Int64, Utf8],
            &["1|x", "2|missing"],
        ),
        (
            "id;n\n1;\"k.A.\"\n2;\"5\"\n",
            &["k.A."],
            &[Int64, Int64],
            &["1|", "2|5"],
        ),
        ("id;n\n1;00:00\n2;5\n", &[":00:00"], &[Int64, Int64], &["1|", "2|5"]),
        (
            "id;n\n1;k.A.\n2;o.A.\n3;NA\n4;5\n",
            &["k.A.", "o.A."],
            &[Int64, Int64],
            &["1|", "2|", "3|", "4|5"],
        ),
        ("k.A.;1\n5;2\n6;3\n", &["k.A."], &[Int64, Int64], &["|1", "5|2", "6|3"]),
    ];
    for (text, words, expected, rows) in cases {
        let profile = inferred(text, &named(words));
        let (surveyed, found) = read_all_ways(&profile, text, &[1, 9]);
        assert_eq!(surveyed.profile, profile, "{text:?}");
        assert_eq!(
            (kinds(&profile).as_slice(), found.as_slice()),
            (expected, owned(rows).as_slice()),
            "{text:?}"
        );
        assert_eq!(profile.warnings(), [""; 0], "{text:?}");
        let nulls: u64 = surveyed.columns.iter().map(|column| column.nulls).sum();
        let empty = rows
            .iter()
            .flat_map(|row| row.split('|'))
            .filter(|cell| cell.is_empty());
        assert_eq!(nulls, empty.count() as u64, "{text:?}");
        assert_eq!(surveyed.ledger.served, rows.len() as u64);
    }
}

fn owned(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

#[test]
fn the_example_of_the_manual() {
    let text = "id,price,note\n1,12.5,k.A.\n2,k.A.,late\n3,-999,\n";
    let profile = inferred(text, &named(&["k.A.", "price:-999"]));
    let (_, rows) = read_all_ways(&profile, text, &[1]);
    assert_eq!(
        (kinds(&profile), rows),
        (vec![Int64, Float64, Utf8], owned(&["1|12.5|", "2||late", "3||"]))
    );
    assert_eq!(profile.warnings(), [""; 0]);
}

#[test]
fn many_rows_are_read_by_their_structure() {
    let rows = |at: i64| match at % 7 {
        3 => format!("{at},k.A.,x\n"),
        5 => format!("-1,{at}.5,\"k.A.\"\n"),
        _ => format!("{at},{at},name {at}\n"),
    };
    let text = format!("id,n,name\n{}", (0..3000).map(rows).collect::<String>());
    let profile = inferred(&text, &named(&["k.A.", "id:-1"]));
    assert_eq!(kinds(&profile), [Int64, Float64, Utf8]);
    let (surveyed, found) = read_all_ways(&profile, &text, &[5000]);
    assert_eq!(
        (found[3].as_str(), found[5].as_str(), found[6].as_str()),
        ("3||x", "|5.5|", "6|6|name 6")
    );
    let report = |at: usize| (surveyed.columns[at].nulls, surveyed.columns[at].null_words);
    assert_eq!([report(0), report(1), report(2)], [(428, 428), (429, 429), (428, 428)]);
    assert_eq!(surveyed.columns[0].bounds, Some((Bound::Whole(0), Bound::Whole(2999))));
}

#[test]
fn short_rows_and_quoted_numbers() {
    let text = "id,n,t\n1,2,x\n2,k.A.\n3,4,y\n";
    let profile = inferred(text, &named(&["k.A."]));
    let (surveyed, rows) = read_all_ways(&profile, text, &[1]);
    assert_eq!(rows, ["1|2|x", "2||", "3|4|y"]);
    assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (3, 0));
    let overrides = Overrides {
        quoted_numbers: QuotedNumbers::Text,
        ..named(&["k.A."])
    };
    let text = "id,n\n1,\"k.A.\"\n2,5\n";
    let profile = inferred(text, &overrides);
    let (_, rows) = read_all_ways(&profile, text, &[1]);
    assert_eq!(
        (kinds(&profile), rows),
        (vec![Int64, Int64], vec!["1|".to_owned(), "2|5".to_owned()])
    );
}

#[test]
fn asked_types_and_named_words() {
    let text = "id;price\n1;€ 5\n2;k.A.\n3;€ 7\n";
    let overrides = Overrides {
        types: vec![("price".to_owned(), "int64".parse().expect("it is a type"))],
        ..named(&["price:k.A."])
    };
    let profile = inferred(text, &overrides);
    let (surveyed, rows) = read_all_ways(&profile, text, &[1]);
    assert_eq!(rows, ["1|5", "2|", "3|7"]);
    assert_eq!(
        (surveyed.columns[1].nulls, surveyed.columns[1].misfit.clone()),
        (1, None)
    );
    let without = inferred(text, &named(&[]));
    assert_eq!(surveyed.columns[1].could_be, None);
    assert_eq!(read_all_ways(&without, text, &[1]).0.columns[1].could_be, None);
    let proposed = read_all_ways(&inferred(text, &named(&["k.A."])), text, &[1]).0.columns[1].could_be;
    assert_eq!(
        proposed.map(|asked| asked.to_string()).as_deref(),
        Some("Int64 as € 1234.5")
    );
}

#[test]
fn a_column_in_other_case_is_told() {
    let profile = inferred("id,Price\n1,2\n", &named(&["price:x", "other:x"]));
    assert_eq!(
        profile.warnings(),
        ["no column is called \"price\", as was asked for: is \"Price\" meant?"]
    );
    assert_eq!(Decoder::new(&profile, None, 5).schema().fields().len(), 2);
}
