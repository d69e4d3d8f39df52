//! Numbers as people write them: with a unit, in parentheses, with their minus behind.

mod read;

use flightstream_csv::{AskedType, Bound, Chunk, ColumnType, CsvProfile, Decoder, Overrides, Signs, Survey, Surveyed};
use proptest::prelude::*;
use read::{inferred, parts, read_all_ways};

/// What is asked for of the column `price`.
fn asked(kind: &str) -> Overrides {
    Overrides {
        types: vec![("price".to_owned(), kind.parse().expect("it is a type"))],
        ..Overrides::default()
    }
}

/// A file with these prices, each twice as often as `times` says.
fn file(prices: &[&str], times: usize) -> String {
    let rows = |at: usize| {
        let rows = prices.iter().enumerate();
        rows.map(|(row, price)| format!("{};{price}\n", at * prices.len() + row))
            .collect::<String>()
    };
    format!("id;price\n{}", (0..times).map(rows).collect::<String>())
}

/// How the column `price` is written.
fn written(profile: &CsvProfile) -> String {
    let column = &profile.columns[1];
    column.notation.describe(column.kind)
}

/// What a survey finds, and its values of `price`, in all ways to read the file.
fn read(prices: &[&str], kind: &str, times: usize) -> (Surveyed, Vec<String>) {
    let text = file(prices, times);
    let profile = inferred(&text, &asked(kind));
    let (surveyed, rows) = read_all_ways(&profile, &text, &[1, 13, 4000]);
    assert_eq!(surveyed.profile, profile, "{prices:?}");
    let values = rows
        .iter()
        .map(|row| row.split_once('|').expect("two cells").1.to_owned());
    (surveyed, values.collect())
}

#[test]
fn asked_numbers_are_read() {
    let cases: [(&str, &[&str], &str, &[&str]); 14] = [
        (
            "decimal(12,2)",
            &["€ 12,50", "€ 1.204,00"],
            "Decimal(12,2) as € 1.234,5",
            &["12.50", "1204.00"],
        ),
        (
            "decimal(12,2)",
            &["$1,204.50", "$3.00"],
            "Decimal(12,2) as $ 1,234.5",
            &["1204.50", "3.00"],
        ),
        (
            "decimal(12,2)",
            &["3.500,00 €", "-1,5 €"],
            "Decimal(12,2) as € 1.234,5",
            &["3500.00", "-1.50"],
        ),
        (
            "decimal(12,2)",
            &["-€12", "€-13", "€ -14", "-15 €"],
            "Decimal(12,2) as € 1234.5",
            &["-12.00", "-13.00", "-14.00", "-15.00"],
        ),
        (
            "decimal(9,2)",
            &["1 234,50\u{A0}€", "7\u{202F}€", ""],
            "Decimal(9,2) as € 1 234,5",
            &["1234.50", "7.00", ""],
        ),
        ("int64", &["12 %", "NA", "-7%"], "Int64 as 1234.5 %", &["12", "", "-7"]),
        ("int64", &["(1,234)", "5"], "Int64 as (1,234.5)", &["-1234", "5"]),
        ("int64", &["5 kg", "12 kg"], "Int64 as 1234.5 kg", &["5", "12"]),
        ("int64", &["CHF 5", "12 CHF"], "Int64 as 1234.5 CHF", &["5", "12"]),
        ("float64", &["123.00-", "5.5"], "Float64 as (1234.5)", &["-123", "5.5"]),
        (
            "float64",
            &["−5", "- 6", "7"],
            "Float64 as (1234.5)",
            &["-5", "-6", "7"],
        ),
        (
            "float64",
            &["1.5e3 kg", "nan"],
            "Float64 as 1234.5 kg",
            &["1500", "NaN"],
        ),
        (
            "decimal(12,2) as 1.234,5",
            &["€ 1.234", "(€ 5)"],
            "Decimal(12,2) as € 1.234,5",
            &["1234.00", "-5.00"],
        ),
        (
            "decimal(12,2) as 1,234.5 USD",
            &["USD 1,234"],
            "Decimal(12,2) as 1,234.5 USD",
            &["1234.00"],
        ),
    ];
    for (kind, prices, expected, values) in cases {
        for times in [1, 300] {
            let (surveyed, found) = read(prices, kind, times);
            assert_eq!(written(&surveyed.profile), expected, "{prices:?}");
            assert_eq!(found, values.repeat(times), "{prices:?}");
            assert_eq!(surveyed.profile.warnings(), [""; 0], "{prices:?}");
            assert_eq!(surveyed.ledger.served, found.len() as u64);
            assert_eq!((surveyed.ledger.rejected, surveyed.ledger.header), (0, 1));
        }
    }
}

#[test]
fn what_is_printed_reads_the_same() {
    let prices: [&[&str]; 4] = [
        &["€ 1.204,50", "€ 12"],
        &["12 %", "NA"],
        &["(1,234.5)", "7"],
        &["3 Stück", "4 Stück"],
    ];
    for prices in prices {
        let (surveyed, values) = read(prices, "decimal(12,2)", 3);
        let (again, same) = read(prices, &written(&surveyed.profile), 3);
        assert_eq!(
            (again.columns[1].bounds, same),
            (surveyed.columns[1].bounds, values),
            "{prices:?}"
        );
        assert_eq!(written(&again.profile), written(&surveyed.profile));
    }
}

#[test]
fn least_and_greatest() {
    let (surveyed, _) = read(&["(5)", "1,234", "7-", "12"], "int64", 1);
    assert_eq!(surveyed.columns[1].bounds, Some((Bound::Whole(-7), Bound::Whole(1234))));
    assert_eq!((surveyed.columns[1].values, surveyed.columns[1].nulls), (4, 0));
    let (surveyed, _) = read(&["€ 5", "NA", "", "€ -2", "-"], "decimal(9,2)", 1);
    assert_eq!(
        surveyed.columns[1].bounds,
        Some((Bound::Whole(-200), Bound::Whole(500)))
    );
    assert_eq!((surveyed.columns[1].values, surveyed.columns[1].nulls), (2, 3));
    let (surveyed, _) = read(&["1.5 kg", "-2 kg"], "float64", 1);
    assert_eq!(
        surveyed.columns[1].bounds,
        Some((Bound::Float(-2.0), Bound::Float(1.5)))
    );
}

/// The warnings of a file, and where a decoder stops.
fn refused(prices: &[&str], kind: &str) -> (Vec<String>, Option<String>) {
    let text = file(prices, 1);
    let profile = inferred(&text, &asked(kind));
    let mut found = Vec::new();
    for piece in [1, 9, 10_000] {
        let mut survey = Survey::new(&profile);
        parts(&profile, &text, piece)
            .iter()
            .for_each(|chunk| survey.observe(chunk));
        found.push(survey.finish());
    }
    assert!(found.iter().all(|surveyed| *surveyed == found[0]), "{prices:?}");
    let surveyed = found.swap_remove(0);
    assert_eq!(surveyed.ledger.served, prices.len() as u64, "{prices:?}");
    let decoded = Decoder::new(&surveyed.profile, None, 100).decode(&Chunk::whole(text.as_bytes()));
    (
        surveyed.profile.warnings(),
        decoded.err().map(|misfit| misfit.to_string()),
    )
}

#[test]
fn other_units_are_misfits() {
    let cases: [(&[&str], &str, &str, &str); 10] = [
        (
            &["€ 12,50", "$ 3,50"],
            "decimal(12,2)",
            "Decimal(12,2) as € 1.234,5",
            "line 3: $ 3,50",
        ),
        (
            &["€ 12,50", "3,50", "€ 4"],
            "decimal(12,2)",
            "Decimal(12,2) as € 1.234,5",
            "line 3: 3,50",
        ),
        (
            &["12,50", "€ 3,50"],
            "decimal(12,2)",
            "Decimal(12,2) as (1.234,5)",
            "line 3: € 3,50",
        ),
        (&["12 %", "12 kg"], "int64", "Int64 as 1234.5 %", "line 3: 12 kg"),
        (&["12 kg", "12 KG"], "int64", "Int64 as 1234.5 kg", "line 3: 12 KG"),
        (&["12 %", "free"], "int64", "Int64 as 1234.5 %", "line 3: free"),
        (&["12 %", "12.5 %"], "int64", "Int64 as 1234.5 %", "line 3: 12.5 %"),
        (
            &["€ 1", "€ 12345"],
            "decimal(4,2)",
            "Decimal(4,2) as € 1234.5",
            "line 3: € 12345",
        ),
        (&["€ 1", "€ 2"], "int64 as $ 1234.5", "Int64 as $ 1234.5", "line 2: € 1"),
        (&["1", "2"], "int64 as 1234.5 %", "Int64 as 1234.5 %", "line 2: 1"),
    ];
    for (prices, kind, written, place) in cases {
        let (line, value) = place.split_once(": ").expect("a line and a value");
        let (warnings, misfit) = refused(prices, kind);
        let (name, _) = written.split_once(" as ").expect("a type and how it is written");
        let article = if name == "Int64" { "an" } else { "a" };
        let warning =
            format!("{line}, column \"price\": '{value}' is not {article} {written}, the type that was asked for");
        assert_eq!(warnings, [warning], "{prices:?}");
        let expected = format!("{line}, column \"price\": '{value}' is not {article} {name}");
        assert_eq!(misfit, Some(expected), "{prices:?}");
    }
}

#[test]
fn without_a_type_they_are_text() {
    let cases: [(&[&str], &str); 12] = [
        (&["€ 12,50", "€ 1.204,00"], "Decimal(12,2) as € 1.234,5"),
        (&["$1,204.50", "NA", ""], "Decimal(12,2) as $ 1,234.5"),
        (&["5 kg", "12 kg"], "Int64 as 1234.5 kg"),
        (&["12 %", "13 %"], "Int64 as 1234.5 %"),
        (&["(1,234)", "5"], ""),
        (&["(1,234)", "1,234,567"], "Int64 as (1,234.5)"),
        (&["123.00-", "5.5"], "Float64 as (1234.5)"),
        (&["12 %", "12 kg"], ""),
        (&["A-12", "A-13"], ""),
        (&["(555) 123-4567", "(555) 765-4321"], ""),
        (&["Room 5", "Room 6"], ""),
        (&["$5 off", "$6"], ""),
    ];
    for (prices, could_be) in cases {
        let text = file(prices, 20);
        let profile = inferred(&text, &Overrides::default());
        let (surveyed, rows) = read_all_ways(&profile, &text, &[1, 13, 4000]);
        assert_eq!(surveyed.profile, profile, "{prices:?}");
        assert_eq!(
            (profile.columns[1].kind, profile.columns[1].notation.signs),
            (ColumnType::Utf8, Signs::Minus)
        );
        let values = rows.iter().map(|row| row.split_once('|').expect("two cells").1);
        assert!(values.eq(prices.iter().copied().cycle().take(rows.len())), "{prices:?}");
        let found = surveyed.columns[1].could_be.map(|asked| asked.to_string());
        assert_eq!(found.unwrap_or_default(), could_be, "{prices:?}");
        assert_eq!(surveyed.columns[0].could_be, None);
        if could_be.is_empty() {
            continue;
        }
        // What is proposed is read.
        let asked = inferred(&text, &asked(could_be));
        assert_eq!(asked.warnings(), [""; 0], "{prices:?}");
        assert_eq!(written(&asked), could_be);
    }
}

#[test]
fn the_example_of_the_manual() {
    let text = "item;price;share\nink;€ 1.204,50;12 %\npen;€ -3,20;7 %\ncap;;81 %\n";
    let profile = inferred(text, &Overrides::default());
    let (surveyed, _) = read_all_ways(&profile, text, &[1]);
    let could_be = |at: usize| surveyed.columns[at].could_be.map(|asked| asked.to_string());
    assert_eq!(could_be(1).as_deref(), Some("Decimal(12,2) as € 1.234,5"));
    assert_eq!(could_be(2).as_deref(), Some("Int64 as 1234.5 %"));
    assert_eq!((could_be(0), profile.warnings().len()), (None, 0));
}

#[test]
fn a_sample_decides_on_the_unit() {
    let head = file(&["€ 1,5", "€ 2"], 1);
    let profile = inferred(&head, &asked("decimal(9,2)"));
    let mut survey = Survey::new(&profile);
    survey.observe(&Chunk::whole(head.as_bytes()));
    let later = Chunk {
        first_line: 4,
        starts_file: false,
        ..Chunk::whole("7;€ 3,25\n8;£ 4\n".as_bytes())
    };
    survey.observe(&later);
    let surveyed = survey.finish();
    assert_eq!(written(&surveyed.profile), "Decimal(9,2) as € 1.234,5");
    let misfit = surveyed.columns[1]
        .misfit
        .clone()
        .map(|misfit| (misfit.line, misfit.value));
    assert_eq!(misfit, Some((Some(5), "£ 4".to_owned())));
    let decoded = Decoder::new(&surveyed.profile, None, 10).decode(&later);
    assert_eq!(decoded.map_err(|misfit| misfit.line), Err(5));
}

/// The ways to write a number with a unit.
fn dress(number: &str, unit: &str, style: usize, blank: &str) -> String {
    let (minus, digits) = match number.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let sign = if minus { "-" } else { "" };
    match style {
        0 => format!("{sign}{unit}{blank}{digits}"),
        1 => format!("{unit} {sign}{digits}"),
        2 => format!("{sign}{digits}{blank}{unit}"),
        3 => format!("{digits}{sign}"),
        4 if minus => format!("{unit}{blank}({digits})"),
        5 if minus => format!("({unit}{blank}{digits})"),
        6 if minus => format!("({digits}){blank}{unit}"),
        7 => format!("{}{digits}{blank}{unit}", sign.replace('-', "\u{2212}")),
        _ => format!("{digits}{blank}{unit}{blank}{sign}"),
    }
}

/// Cents with a decimal comma or a decimal point, and with thousands separators.
fn grouped(cents: i64, point: char, parting: &str) -> String {
    let (whole, sign) = (cents.abs() / 100, if cents < 0 { "-" } else { "" });
    let mut digits = whole.to_string();
    let mut at = digits.len();
    while at > 3 {
        at -= 3;
        digits.insert_str(at, parting);
    }
    format!("{sign}{digits}{point}{:02}", cents.abs() % 100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn dressed_numbers_come_back(
        amounts in prop::collection::vec((-100_000_000i64..100_000_000, 0usize..9), 1..20),
        unit in prop::sample::select(vec!["€", "$", "US$", "EUR", "%", "kg", "km/h", "zł", ""]),
        marks in prop::sample::select(vec![(',', "."), ('.', ","), ('.', "'"), (',', " "), ('.', ""), (',', "\u{202F}")]),
        blank in prop::sample::select(vec!["", " ", "\u{A0}", "\u{202F}", "  "]),
        piece in 1usize..60,
    ) {
        // The style of accounts with the minus behind has no unit.
        let style = |style: usize| if style == 3 && !unit.is_empty() { 2 } else { style };
        let prices: Vec<String> = amounts
            .iter()
            .map(|&(cents, at)| dress(&grouped(cents, marks.0, marks.1), unit, style(at), blank))
            .collect();
        let prices: Vec<&str> = prices.iter().map(|price| price.trim()).collect();
        let text = file(&prices, 1);
        let profile = inferred(&text, &asked("decimal(18,2)"));
        prop_assert_eq!(profile.warnings(), Vec::<String>::new(), "{:?}", prices);
        let (surveyed, rows) = read_all_ways(&profile, &text, &[piece]);
        let expected = amounts.iter().enumerate().map(|(row, (cents, _))| {
            let sign = if *cents < 0 { "-" } else { "" };
            format!("{row}|{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
        });
        prop_assert_eq!(rows, expected.collect::<Vec<_>>());
        prop_assert_eq!(surveyed.ledger.served, amounts.len() as u64);
        let asked: AskedType = written(&surveyed.profile).parse().expect("what is described is read");
        let column = &surveyed.profile.columns[1];
        prop_assert_eq!((asked.kind, asked.notation.unwrap_or_default().signs), (column.kind, column.notation.signs));
    }
}
