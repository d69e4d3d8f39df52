//! Quotes that are not where a careful writer puts them: no row has cells that are not its own, and none is lost unseen.

mod read;

use flightstream_csv::{Overrides, Sample, Surveyed, infer};
use read::{inferred, read_all_ways};

/// What is found in `text`, and its rows, in all ways to read it.
fn read(text: &str) -> (Surveyed, Vec<String>) {
    let profile = inferred(text, &Overrides::default());
    let (surveyed, rows) = read_all_ways(&profile, text, &[1, 13]);
    assert_eq!(surveyed.profile, profile, "{text:?}");
    (surveyed, rows)
}

/// Checks the rows of `text`, and the lines of the records that are none.
fn check(text: &str, expected: &[&str], rejected: &[u64]) -> Surveyed {
    let (surveyed, rows) = read(text);
    let lines: Vec<u64> = surveyed.rejects.iter().map(|reject| reject.line).collect();
    assert_eq!(
        (rows.iter().map(String::as_str).collect(), lines),
        (expected.to_vec(), rejected.to_vec()),
        "{text:?}"
    );
    surveyed
}

/// What a person is told of `text`.
fn warnings(text: &str) -> Vec<String> {
    read(text).0.profile.warnings()
}

#[test]
fn a_quote_does_not_swallow_rows() {
    let text = "id,text,n\n1,a,1\n2,\"b,2\n3,c,3\n4,d,4\n5,e\",5\n6,f,6\n";
    let rows = ["1|a|1", "2|\"b|2", "3|c|3", "4|d|4", "5|e\"|5", "6|f|6"];
    let surveyed = check(text, &rows, &[]);
    let warning = "1 row has quotes that open or close nothing, on line 3: they are read as text";
    assert_eq!(surveyed.profile.warnings(), [warning]);
    // The next line already seems to close it.
    check(
        "id,text,n\n1,\"a,1\n2,b\",2\n3,c,3\n",
        &["1|\"a|1", "2|b\"|2", "3|c|3"],
        &[],
    );
    // What closes it is in another column, so that the record would be too short; and `2"` is no number.
    check("id,text,n\n1,\"a,1\n2,b,2\"\n3,c,3\n", &["1|\"a|1", "3|c|3"], &[3]);
    // Nothing closes it.
    check(
        "id,text,n\n1,\"a,1\n2,b,2\n3,c,3\n",
        &["1|\"a|1", "2|b|2", "3|c|3"],
        &[],
    );
    check(
        "id,text,n\n1,\"a,1\n2,\"b\",2\n3,c,3\n",
        &["1|\"a|1", "2|b|2", "3|c|3"],
        &[],
    );
    // Its line does not fit.
    check(
        "id,n,text\n1,5,a\n2,\"6,b\n3,7,c\n4,8,\"d\"\n",
        &["1|5|a", "3|7|c", "4|8|d"],
        &[3],
    );
}

#[test]
fn a_quote_that_opens_early_and_closes_late() {
    let row = |i: usize| format!("{i},name {i},{}.5\n", i % 100);
    let mut lines: Vec<String> = (0..20_000).map(row).collect();
    lines[5_000] = "5000,\"name 5000,0.5\n".to_owned();
    lines[19_900] = "19900,name 19900\",0.5\n".to_owned();
    let text = format!("id,name,score\n{}", lines.concat());
    let profile = inferred(&text[..100_000], &Overrides::default());
    let (surveyed, rows) = read_all_ways(&profile, &text, &[50_000]);
    assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (20_000, 0));
    assert_eq!(
        (rows[5_000].as_str(), rows[19_900].as_str()),
        ("5000|\"name 5000|0.5", "19900|name 19900\"|0.5")
    );
    let warning = "1 row has quotes that open or close nothing, on line 5002: they are read as text";
    assert_eq!(surveyed.profile.warnings(), [warning]);
}

#[test]
fn a_quote_that_is_open_over_all_of_a_sample() {
    let name = |i: usize| {
        if (2..2_900).contains(&i) {
            format!("name {i}")
        } else {
            format!("\"name, {i}\"")
        }
    };
    let row = |i: usize| format!("{i},{},note {i},{}.5\n", name(i), i % 100);
    let mut lines: Vec<String> = (0..3_000).map(row).collect();
    lines[2] = "2,name 2,\"note 2,2.5\n".to_owned();
    let text = format!("id,name,note,score\n{}", lines.concat());
    for end in [20_000, 60_000] {
        let sample = Sample {
            head: &text.as_bytes()[..end],
            blocks: vec![],
            complete: false,
        };
        let profile = infer(&sample, &Overrides::default());
        assert_eq!((profile.columns.len(), profile.dialect.quote), (4, Some(b'"')));
        let (surveyed, rows) = read_all_ways(&profile, &text, &[50_000]);
        assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (3_000, 0));
        assert_eq!(rows[2], "2|name 2|\"note 2|2.5");
    }
}

#[test]
fn a_quote_in_front_of_other_text_closes_nothing() {
    let text = "id,text,n\n1,\"5\" pipe\",1\n2,\"JOHN \"WAYNE\" SMITH\",2\n3,\"a \"b, c\" d\",3\n4,\"e\" f,4\n";
    let rows = [
        "1|5\" pipe|1",
        "2|JOHN \"WAYNE\" SMITH|2",
        "3|a \"b, c\" d|3",
        "4|\"e\" f|4",
    ];
    let surveyed = check(text, &rows, &[]);
    let warning = "4 rows have quotes that open or close nothing, the first on line 2: they are read as text";
    assert_eq!(surveyed.profile.warnings(), [warning]);
    check(
        "id;text\n1;\"a\"b\"\n2;\"c\"\"d\" e\"\n",
        &["1|a\"b", "2|c\"d\" e"],
        &[],
    );
    check(
        "id,text,n\n1,\"a \"\"b\",1\n2,\"c \"d\" \" ,2\n",
        &["1|a \"b|1", "2|c \"d\" |2"],
        &[],
    );
}

#[test]
fn a_stray_quote_shifts_no_cells() {
    let row = |i: usize| format!("{i},2021-01-0{i},Item {i},\"Sold, then returned {i}\",\"http://e.org/{i}\",{i}.5\n");
    let file = |line: usize, other: &str| {
        let lines: Vec<String> = (1..9)
            .map(|i| if i == line { format!("{other}\n") } else { row(i) })
            .collect();
        format!("id,day,name,\"remark\",\"url\",score\n{}", lines.concat())
    };
    let served = |i: usize| {
        format!(
            "{i}|day {}|Item {i}|Sold, then returned {i}|http://e.org/{i}|{i}.5",
            18_627 + i
        )
    };
    let others: [(&str, Option<&str>); 8] = [
        (
            "4,2021-01-04,\"Item 4,\"Sold, then returned 4\",\"http://e.org/4\",4.5",
            Some("4|day 18631|\"Item 4|Sold, then returned 4|http://e.org/4|4.5"),
        ),
        (
            "4,2021-01-04,Item \"4,\"Sold, then returned 4\",\"http://e.org/4\",4.5",
            Some("4|day 18631|Item \"4|Sold, then returned 4|http://e.org/4|4.5"),
        ),
        (
            "4,2021-01-04,Item 4\",\"Sold, then returned 4\",\"http://e.org/4\",4.5",
            Some("4|day 18631|Item 4\"|Sold, then returned 4|http://e.org/4|4.5"),
        ),
        (
            "4,2021-01-04,Item 4,\"Sold\", then returned 4\",\"http://e.org/4\",4.5",
            Some("4|day 18631|Item 4|Sold\", then returned 4|http://e.org/4|4.5"),
        ),
        (
            "4,2021-01-04,Item 4,\"Sold, then returned 4\",\"http:\"//e.org/4\",4.5",
            Some("4|day 18631|Item 4|Sold, then returned 4|http:\"//e.org/4|4.5"),
        ),
        (
            "4,\"2021-01-04,Item 4,\"Sold, then, returned 4\",\"http://e.org/4\",4.5",
            None,
        ),
        (
            "\"4,2021-01-04,Item 4,\"Sold, then returned 4\",\"http://e.org/4\",4.5",
            None,
        ),
        (
            "4,2021-01-04,Item 4,\"Sold, then returned 4\",\"http://e.org/4\",\"4.5",
            None,
        ),
    ];
    for (other, expected) in others {
        let mut rows: Vec<String> = (1..9).map(served).collect();
        match expected {
            Some(row) => rows[3] = row.to_owned(),
            None => drop(rows.remove(3)),
        }
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        check(&file(4, other), &rows, if expected.is_some() { &[] } else { &[5] });
    }
}

#[test]
fn two_stray_quotes_are_no_quotes_around_two_cells() {
    let text = |row: &str| format!("id,a,b,n\n1,x,y,7\n2,x,y,7\n{row}\n4,x,y,7\n");
    for row in ["3,\"x,y\",7", "3,\"x,y,7\"", "3,x,\"y,7\"", "3,\"x\"\",\"\"y\",7"] {
        check(&text(row), &["1|x|y|7", "2|x|y|7", "4|x|y|7"], &[4]);
    }
    // As in prose: a row that is short, with a comma in it. And one that has the cells that are not text.
    check(
        &text("3,\"x, y\",z"),
        &["1|x|y|7", "2|x|y|7", "3|x, y|z|", "4|x|y|7"],
        &[],
    );
    check("id,a,b\n1,x,y\n2,\"x,y\"\n3,x,y\n", &["1|x|y", "2|x,y|", "3|x|y"], &[]);
}

/// The rest of a row that a stray quote has torn is in the ledger with it, and an honest row behind a rejected one is a row.
#[test]
fn what_is_torn_from_a_row_is_no_row() {
    let rows = "t,n,m\nx,1,2\n\"y\nz\",3,4\n";
    let cases: [(&str, &[&str], u64); 8] = [
        ("\"\"a\nr1x\",1001,1001\n", &[], 2),
        ("\"line r\"1x\nb\",1001,1001\n", &[], 2),
        ("\"a\n\nr1x\"\",1001,1001\nb,3,4\n", &["b|3|4"], 2),
        ("\"line r1x\"\nb\",1001,1001\nb,3,4\n", &["b|3|4"], 2),
        // Rows with inches, also behind a line that is rejected, or that is whole.
        ("5\",1,2\na 6\",3,4\n", &["5\"|1|2", "a 6\"|3|4"], 0),
        ("1,2,3,4\n5\",1,2\n", &["5\"|1|2"], 1),
        ("\"a\"b\"c,1,2,3,4\n5\",1,2\n", &["5\"|1|2"], 1),
        ("\"\"a\nb,3,4\n5\",1,2\n", &["b|3|4", "5\"|1|2"], 1),
    ];
    for (text, expected, rejected) in cases {
        let text = format!("{rows}{text}{}", "w,5,6\n".repeat(4));
        let profile = read::inferred(&text, &Overrides::default());
        let (surveyed, found) = read::read_all_ways(&profile, &text, &[1, 7, 64]);
        let first = ["x|1|2", "y\nz|3|4"].iter().chain(expected).map(ToString::to_string);
        let all: Vec<String> = first.chain(std::iter::repeat_n("w|5|6".to_owned(), 4)).collect();
        assert_eq!(
            (found, surveyed.ledger.rejected),
            (all, rejected),
            "{text:?} {:?}",
            surveyed.rejects
        );
    }
}

/// Two lines in quotes are hardly ever two rows if they look like code, prose or an address.
#[test]
fn texts_of_two_lines_are_nothing_odd() {
    for cell in [
        "f(a,b)\ng(c)",
        "if a,b:\nc",
        "Hello, you\nI am here, too",
        "Well,well\nwho is here?",
        "Main St 5, Riga\nLatvia",
        "mail@host,x\ny",
        "a=1,b=2\nc=3",
        "say \"\"a,b\nc\"\"",
    ] {
        let text = format!("name,text,more\nann,\"{cell}\",x\nbob,y,z\ncarl,u,v\n");
        let profile = read::inferred(&text, &Overrides::default());
        let (surveyed, rows) = read::read_all_ways(&profile, &text, &[1, 7]);
        assert_eq!(rows[0], format!("ann|{}|x", cell.replace("\"\"", "\"")), "{text:?}");
        assert_eq!(surveyed.profile.warnings(), [""; 0], "{text:?}");
    }
    for cell in ["b,c\nd,e", "Oak,Riga\nElm,Bern", "r 1,r 2\nr 3,r 4"] {
        let text = format!("name,text,more\nann,\"{cell}\",x\nbob,y,z\ncarl,u,v\n");
        let warnings = read::inferred(&text, &Overrides::default()).warnings();
        let said = "1 row has quotes around lines that might be rows, on line 2: they are read as text with line ends";
        assert_eq!(warnings, [said], "{text:?}");
    }
}

/// Where no column has a type, nothing tells rows from a text of lines: it stays one, and a person is told.
#[test]
fn a_quote_may_swallow_rows_of_text() {
    let row = |i: usize| format!("name {i},city {i}\n");
    let file = |open: usize, close: usize| {
        let mut lines: Vec<String> = (0..40).map(row).collect();
        lines[open] = format!("name {open},\"city {open}\n");
        lines[close] = format!("name {close},city {close}\"\n");
        format!("name,city\n{}", lines.concat())
    };
    for (open, close, said) in [(3, 30, true), (3, 5, true), (3, 4, true)] {
        let warning =
            "1 row has quotes around lines that might be rows, on line 5: they are read as text with line ends";
        let expected = if said { vec![warning] } else { vec![] };
        let (surveyed, rows) = read(&file(open, close));
        assert_eq!(
            (surveyed.profile.warnings(), rows.len()),
            (expected.iter().map(ToString::to_string).collect(), 40 - close + open)
        );
    }
    // A file that is about such text has it everywhere.
    let code = |i: usize| format!("name {i},\"a,b\nc,d\ne,f\"\n");
    let text: String = (0..40).map(code).collect();
    assert_eq!(warnings(&format!("name,code\n{text}")), [""; 0]);
}

#[test]
fn honest_line_ends_in_quotes_stay() {
    let honest: [(&str, &[&str]); 10] = [
        (
            "id,text,n\n1,\"two\nlines\",1\n2,\"x\n\ny\n\",2\n",
            &["1|two\nlines|1", "2|x\n\ny\n|2"],
        ),
        // Lines of cells in a cell.
        (
            "id,text,n\n1,\"1,2,3\n4,5,6\n7,8,9\",1\n2,x,2\n",
            &["1|1,2,3\n4,5,6\n7,8,9|1", "2|x|2"],
        ),
        (
            "id,text,n\n1,\"a,b\n1,2\n3,4\",1\n2,x,2\n",
            &["1|a,b\n1,2\n3,4|1", "2|x|2"],
        ),
        ("id,text\n1,\"1,2\n3,4\n5,6\"\n2,x\n", &["1|1,2\n3,4\n5,6", "2|x"]),
        (
            "id,text,n\n1,\"\n2,b,2\n3,c,3\n\",1\n4,d,4\n",
            &["1|\n2,b,2\n3,c,3\n|1", "4|d|4"],
        ),
        // Lists, letters and code.
        (
            "id,text\n1,\"to buy:\n2, eggs\n3, milk\"\n2,x\n",
            &["1|to buy:\n2, eggs\n3, milk", "2|x"],
        ),
        (
            "name,text,city\na,\"Dear Sir,\nthanks, Joe\",Rome\nb,\"Hi,\nbye, Al\",Oslo\n",
            &["a|Dear Sir,\nthanks, Joe|Rome", "b|Hi,\nbye, Al|Oslo"],
        ),
        (
            "name,code\na,\"def f():\n  g(a,b)\n  h(c,d)\"\nb,\"x(\n1,2)\"\n",
            &["a|def f():\n  g(a,b)\n  h(c,d)", "b|x(\n1,2)"],
        ),
        (
            "id;text;n\n1;\"if (x) {\n  y();\n}\";1\n2;\"a;\nb;\nc\";2\n",
            &["1|if (x) {\n  y();\n}|1", "2|a;\nb;\nc|2"],
        ),
        // Two such cells beside each other.
        ("a,b\n\",\"\"\n\",\"c\nd\"\nu,v\n", &[",\"\n|c\nd", "u|v"]),
    ];
    for (text, expected) in honest {
        let surveyed = check(text, expected, &[]);
        assert_eq!(surveyed.profile.warnings(), [""; 0], "{text:?}");
    }
}

#[test]
fn honest_quotes_stay() {
    let honest: [(&str, &[&str]); 6] = [
        (
            "id,size,n\n1,5\" pipe,1\n2,3\",2\n3,a \"b\" c,3\n",
            &["1|5\" pipe|1", "2|3\"|2", "3|a \"b\" c|3"],
        ),
        (
            "id,size,n\n1,5\" x 3\",1\n2,\"6\"\" x 4\"\"\",2\n",
            &["1|5\" x 3\"|1", "2|6\" x 4\"|2"],
        ),
        (
            "id,text,n\n1,\"a, b\",1\n2,\"\",2\n3,\"c \"\"d\"\", e\",3\n",
            &["1|a, b|1", "2||2", "3|c \"d\", e|3"],
        ),
        ("id,text,n\n1, \"a, b\" ,1\n2,\"c\" ,2\n", &["1|a, b|1", "2|c|2"]),
        ("id,a,b\n1,\"x, y\",5\n2,\"z\"\n3\n", &["1|x, y|5", "2|z|", "3||"]),
        ("id\ttext\n1\t\"a\tb\"\n2\t\"c\"\"\"\n", &["1|a\tb", "2|c\""]),
    ];
    for (text, expected) in honest {
        let surveyed = check(text, expected, &[]);
        assert_eq!(surveyed.profile.warnings(), [""; 0], "{text:?}");
    }
}

#[test]
fn other_quotes_and_escapes() {
    let text = "id,'text',n\n1,'a, b',1\n2,'it's, so',2\n3,'c, d',3\n4,'e',4\n5,'f',5\n";
    assert_eq!(read(text).1, ["1|a, b|1", "2|it's, so|2", "3|c, d|3", "4|e|4", "5|f|5"]);
    let text = "id,text,n\n1,\"a \\\"b\\\", c\",1\n2,\"d \\\"e\\\" f\",2\n3,\"g \"h\\\" i\",3\n";
    assert_eq!(read(text).1, ["1|a \"b\", c|1", "2|d \"e\" f|2", "3|g \"h\" i|3"]);
    assert_eq!(warnings(text).len(), 1);
}

#[test]
fn cells_that_hold_rows_again_and_again_are_text() {
    let cell = "\"to do:\n1,this\n2,that\"";
    let row = |i: usize| format!("{i},{}\n", if i < 20 { cell } else { "nothing" });
    let text = format!("id,note\n{}", (0..200).map(row).collect::<String>());
    let (surveyed, rows) = read(&text);
    assert_eq!(
        (surveyed.ledger.served, rows[19].as_str()),
        (200, "19|to do:\n1,this\n2,that")
    );
    assert!(surveyed.profile.columns[1].holds_rows && surveyed.profile.warnings().is_empty());
}
