//! What separates the cells of a file, where that is not what a glance at it would say.

use flightstream_csv::{HeaderMode, Mark, Overrides};

mod read;

/// A text, what its delimiter is called, what its columns are called, and its rows.
type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

fn check(cases: &[Case<'_>]) {
    for (text, delimiter, names, rows) in cases {
        let profile = read::inferred(text, &Overrides::default());
        let (surveyed, found) = read::read_all_ways(&profile, text, &[1, 7, 64]);
        let columns = surveyed.profile.columns.iter();
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        assert_eq!(surveyed.profile.dialect.delimiter.to_string(), *delimiter, "{text:?}");
        assert_eq!(
            (columns.join(" "), &found),
            (names.to_string(), &rows.iter().map(|row| row.to_string()).collect()),
            "{text:?}"
        );
    }
}

#[test]
fn a_sign_that_parts_every_line_goes_before_others() {
    check(&[
        (
            "left,right\n1;2;3,4;5;6\na;b;c,d;e;f\n",
            "comma",
            "left right",
            &["1;2;3|4;5;6", "a;b;c|d;e;f"],
        ),
        (
            "x;y\n1|2;3|4\n5|6;7|8\n9|1;2|3\n",
            "semicolon",
            "x y",
            &["1|2|3|4", "5|6|7|8", "9|1|2|3"],
        ),
        ("a\tb\n1,2\t3,4\n5,6\t7,8\n", "tab", "a b", &["1.2|3.4", "5.6|7.8"]),
        (
            "N#V#B#M, 6#04#9\nN#V#A#E, 1#05#8\nN#V#R#D, 3#06#7\nN#V#E#OLD#07#6\n",
            "'#'",
            "column_1 column_2 column_3 column_4 column_5 column_6",
            &[
                "N|V|B|M, 6|04|9",
                "N|V|A|E, 1|05|8",
                "N|V|R|D, 3|06|7",
                "N|V|E|OLD|07|6",
            ],
        ),
        (
            "a~b~c~d\nx, y~1~2~3\nz~4~5~6\n",
            "tilde",
            "a b c d",
            &["x, y|1|2|3", "z|4|5|6"],
        ),
        (
            "'N W';£ 1,80;£ 9,50\n'H L';£ 2,00;£ 1,30\n",
            "semicolon",
            "column_1 column_2 column_3",
            &["N W|£ 1,80|£ 9,50", "H L|£ 2,00|£ 1,30"],
        ),
        (
            "n;1,80;9,50\nh;2,00;1,30\n",
            "semicolon",
            "column_1 column_2 column_3",
            &["n|1.8|9.5", "h|2|1.3"],
        ),
        (
            "1.5, log, ERR, u, s, 111, LOST , |(2003, \"no\")|\n1.5, log, ERR, u, s, 112, SEND , |IN a|b|\n2.5, log, ERR, u, s, 111, LOST , |(2003, \"no\")|\n",
            "comma",
            "column_1 column_2 column_3 column_4 column_5 column_6 column_7 column_8 column_9",
            &[
                "1.5| log| ERR| u| s|111| LOST | |(2003| \"no\")|",
                "1.5| log| ERR| u| s|112| SEND | |IN a|b||",
                "2.5| log| ERR| u| s|111| LOST | |(2003| \"no\")|",
            ],
        ),
        // As they were.
        (
            "Report, May\n\nid;n\n1;1,5\n2;2,5\n",
            "semicolon",
            "id n",
            &["1|1.5", "2|2.5"],
        ),
        ("a,b\n1,2\n3,4\n", "comma", "a b", &["1|2", "3|4"]),
        ("1,2\n3,4\n", "comma", "column_1 column_2", &["1|2", "3|4"]),
    ]);
}

#[test]
fn columns_may_be_aligned_by_blanks() {
    check(&[
        (
            "id   weight  cut\n1      0.25  Ideal\n10     1.5   Good\n",
            "blanks",
            "id weight cut",
            &["1|0.25|Ideal", "10|1.5|Good"],
        ),
        (
            "  id  n\n   1  2.5\n  10  3.5\n",
            "blanks",
            "id n",
            &["1|2.5", "10|3.5"],
        ),
        (
            "Report\n\nid     w\n1      2.5\n10     3.5\n",
            "blanks",
            "id w",
            &["1|2.5", "10|3.5"],
        ),
        (
            "name       city\nAnn        Rome\nBob Lee    Oslo\nCy         New York\n",
            "wide-blanks",
            "name city",
            &["Ann|Rome", "Bob Lee|Oslo", "Cy|New York"],
        ),
        (
            "city        n\nNew York    5\nOslo        7\n",
            "wide-blanks",
            "city n",
            &["New York|5", "Oslo|7"],
        ),
        // Text in one column.
        (
            "hello world\nfoo bar\nthis that\n",
            "comma",
            "hello world",
            &["foo bar", "this that"],
        ),
        (
            "Hello.  World one\nFoo.  Bar two\nSo.  It is\n",
            "comma",
            "Hello.  World one",
            &["Foo.  Bar two", "So.  It is"],
        ),
        ("a,b\n1  2,3\n4  5,6\n", "comma", "a b", &["1  2|3", "4  5|6"]),
    ]);
}

#[test]
fn an_empty_cell_among_aligned_columns_shifts_no_value() {
    let text = "id   city    n\n1    Rome    5\n2            6\n3    Oslo    7\n";
    let shown = read::inferred(
        "id   city    n\n1    Rome    5\n3    Oslo    7\n",
        &Overrides::default(),
    );
    let (surveyed, rows) = read::read_all_ways(&shown, text, &[1, 7, 64]);
    assert_eq!(rows, ["1|Rome|5", "3|Oslo|7"]);
    let reason = "it has 2 cells where the table has 3 columns, and nobody knows which cell is empty";
    assert_eq!(surveyed.rejects[0].reason, reason);
}

#[test]
fn lists_of_one_column_stay_that() {
    let lists: [&[&str]; 8] = [
        &["order#1", "order#2", "order#3"],
        &["10%", "20%", "35%"],
        &["ann@host", "bob@host", "cy@site"],
        &["+49 30 123", "+49 40 456", "+49 50 789"],
        &["http://x.org/?id=1", "http://x.org/a?id=2", "https://y.org/?id=3"],
        &["00:11:22:33:44:55", "66:77:88:99:aa:bb", "01:23:45:67:89:0a"],
        &["a=1&b=2", "a=3&b=4", "a=5&b=6"],
        &["$5", "$6", "$7"],
    ];
    for list in lists {
        for end in ["", "\n"] {
            let text = list.join("\n") + end;
            let profile = read::inferred(&text, &Overrides::default());
            let (surveyed, rows) = read::read_all_ways(&profile, &text, &[1, 7, 64]);
            assert_eq!(
                (surveyed.profile.columns.len(), &rows[..]),
                (1, &list.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]),
                "{text:?}"
            );
        }
    }
    check(&[
        ("key=value\na=1\nb=2\n", "'='", "key value", &["a|1", "b|2"]),
        ("a:1\nb:2\n", "colon", "column_1 column_2", &["a|1", "b|2"]),
        (
            "address\nann@host\nbob@host\n",
            "comma",
            "address",
            &["ann@host", "bob@host"],
        ),
        (
            "1 2 3\n4 5 6\n",
            "space",
            "column_1 column_2 column_3",
            &["1|2|3", "4|5|6"],
        ),
    ]);
}

#[test]
fn logs_name_their_fields_in_a_comment() {
    check(&[
        (
            "#Software: x\n#Version: 1.0\n#Fields: date verb cs(User-Agent) status\n2024-01-01 GET Moz/5.0+(Win;+x64) 200\n2024-01-01 POST Moz/5.0+(X;+U) 404\n",
            "space",
            "date verb cs(User-Agent) status",
            &[
                "day 19723|GET|Moz/5.0+(Win;+x64)|200",
                "day 19723|POST|Moz/5.0+(X;+U)|404",
            ],
        ),
        (
            "#Fields: a b\nx \"p q\"\ny \"r \\\"s\\\"\"\n",
            "space",
            "a b",
            &["x|p q", "y|r \"s\""],
        ),
        (
            "#Version: 1.0\n#Fields: day host n\n2024-01-01\tx y\t1\n2024-01-02\tz\t2\n",
            "tab",
            "day host n",
            &["day 19723|x y|1", "day 19724|z|2"],
        ),
        (
            "#separator \\x09\n#fields\tts\tuid\n#types\ttime\tstring\n1.5\tabc\n2.5\tdef\n",
            "tab",
            "ts uid",
            &["1.5|abc", "2.5|def"],
        ),
        (
            "# a; b\n# c\na \"x \\\"q\\\" y\" 1\nb \"z\" 2\nc \"w\" 3\n",
            "space",
            "column_1 column_2 column_3",
            &["a|x \"q\" y|1", "b|z|2", "c|w|3"],
        ),
        (
            "1.2.3.4 - \"GET /a 1.0\" 200 \"Moz \\\"x\\\" (a; b)\"\n1.2.3.4 - \"GET /b 1.0\" 200 \"Moz (c; d)\"\n1.2.3.5 - \"GET /c 1.0\" 404 \"Curl\"\n",
            "space",
            "column_1 column_2 column_3 column_4 column_5",
            &[
                "1.2.3.4|-|GET /a 1.0|200|Moz \"x\" (a; b)",
                "1.2.3.4|-|GET /b 1.0|200|Moz (c; d)",
                "1.2.3.5|-|GET /c 1.0|404|Curl",
            ],
        ),
        // A comment is a comment.
        ("#Fieldset: a b\nid,n\n1,2\n", "comma", "id n", &["1|2"]),
        ("# Fields: a b c\nid,n\n1,2\n3,4\n", "comma", "id n", &["1|2", "3|4"]),
    ]);
}

#[test]
fn frames_are_layout() {
    check(&[
        (
            "+----+------+\n| id | name |\n+----+------+\n|  1 | Ann  |\n|  2 |      |\n+----+------+\n",
            "framed-pipe",
            "id name",
            &["1|Ann", "2|"],
        ),
        (
            " id | name | n\n----+------+---\n  1 | Ann  | 2\n    | Bob  | 3\n(2 rows)\n",
            "padded-pipe",
            "id name n",
            &["1|Ann|2", "|Bob|3"],
        ),
        (
            "| a | b |\n|---|:-:|\n| 1 | x |\n| 2 | y |\n",
            "framed-pipe",
            "a b",
            &["1|x", "2|y"],
        ),
        (
            "|  x|y   |\n|---|----|\n|  1|ab c|\n|  2|d   |\n|---|----|\n",
            "framed-pipe",
            "x y",
            &["1|ab c", "2|d"],
        ),
        (
            "----------\n|  x|y   |\n|--|----|\n|  1|ab c|\n",
            "framed-pipe",
            "x y",
            &["1|ab c"],
        ),
        // The plain sign, and quotes, if nothing is padded.
        (
            "\"a\"|\"b\"\n---|---\n\"1\"|\"x|y\"\n\"2\"|\"z\"\n",
            "pipe",
            "a b",
            &["1|x|y", "2|z"],
        ),
        // Dashes in cells.
        ("a|b\n-|-\n1|--\n", "pipe", "a b", &["|-", "1|--"]),
        ("a,b\n--,--\n1,2\n", "comma", "a b", &["1|2"]),
        ("a|b|\n1|2|\n3|4|\n", "pipe", "a b column_3", &["1|2|", "3|4|"]),
    ]);
}

#[test]
fn lines_of_json_are_text() {
    let two = "{\"a\": 1, \"b\": \"x; y\"}\n{\"a\": 2, \"b\": \"z\"}\n";
    let nested = "{\"a\":{\"b\":[1,2]},\"c\":\"}\"}\r\n{\"a\":{}}\r\n";
    let single = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}";
    let cases: [(&str, &str, &[&str]); 3] = [
        (two, "tab", &["{\"a\": 1, \"b\": \"x; y\"}", "{\"a\": 2, \"b\": \"z\"}"]),
        (
            nested,
            "semicolon",
            &["{\"a\":{\"b\":[1,2]},\"c\":\"}\"}", "{\"a\":{}}"],
        ),
        (single, "comma", &["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]),
    ];
    for (text, delimiter, rows) in cases {
        check(&[(text, delimiter, "column_1", rows)]);
        let warnings = read::inferred(text, &Overrides::default()).warnings();
        assert_eq!(warnings, ["each line is a JSON object: the lines are served as text"]);
    }
    // Objects in cells, and braces.
    check(&[
        (
            "id;what\n1;{\"a\":1}\n2;{\"a\":2}\n",
            "semicolon",
            "id what",
            &["1|{\"a\":1}", "2|{\"a\":2}"],
        ),
        (
            "{\"a\":1};{\"b\":2}\n{\"a\":3};{\"b\":4}\n",
            "semicolon",
            "{\"a\":1} {\"b\":2}",
            &["{\"a\":3}|{\"b\":4}"],
        ),
        ("{a},{b}\n{c},{d}\n", "comma", "{a} {b}", &["{c}|{d}"]),
    ]);
    // No quote is where a careful writer puts it, and no record is lost.
    check(&[(
        "{a, \"b\": 1}\n{c, \"d\": 2}\n",
        "comma",
        "{a \"b\": 1}",
        &["{c| \"d\": 2}"],
    )]);
}

#[test]
fn places_tell_which_cell_of_aligned_columns_is_empty() {
    check(&[
        (
            "name    n   city\nanna    1   riga\nbob         new york\ncarl    3   rome\n        4   bern\ndora    5\n",
            "wide-blanks",
            "name n city",
            &["anna|1|riga", "bob||new york", "carl|3|rome", "|4|bern", "dora|5|"],
        ),
        (
            "PID TTY      TIME CMD\n  1 ?    00:00.01 init\n 12      00:00.02 sshd\n 13 tty1 00:00.03 bash\n",
            "blanks",
            "PID TTY TIME CMD",
            &["1|?|00:00.01|init", "12||00:00.02|sshd", "13|tty1|00:00.03|bash"],
        ),
        (
            "naam   één  größe\nzoë    ü      12\nbjörk         7\nőz     ű     140\nåsa    æ       1\n",
            "wide-blanks",
            "naam één größe",
            &["zoë|ü|12", "björk||7", "őz|ű|140", "åsa|æ|1"],
        ),
        // Prose, code and lists stay what they are.
        (
            "apple pie\napple tart\nlemon pie\nplum\n",
            "comma",
            "apple pie",
            &["apple tart", "lemon pie", "plum"],
        ),
        (
            "Name:     Anna Berg\nAddress:  Main St 5\n          Riga\n          Latvia\nPhone:    12345\n",
            "comma",
            "Name:     Anna Berg",
            &[
                "Address:  Main St 5",
                "          Riga",
                "          Latvia",
                "Phone:    12345",
            ],
        ),
        (
            "text\nIt was late.  She went\nhome, alone.  Nobody\n  saw it. And then\nshe slept.  It rained.\n",
            "semicolon",
            "text",
            &[
                "It was late.  She went",
                "home, alone.  Nobody",
                "  saw it. And then",
                "she slept.  It rained.",
            ],
        ),
    ]);
}

#[test]
fn places_tell_which_signs_in_a_frame_are_text() {
    check(&[
        (
            " id | name\n----+-------\n  1 | a|b\n  2 | c | d\n  3 | e\n(3 rows)\n\n",
            "padded-pipe",
            "id name",
            &["1|a|b", "2|c | d", "3|e"],
        ),
        (
            "+----+-------+------+\n| id | what  | n    |\n+----+-------+------+\n|  1 | a|b   | 1    |\n|  2 | ||    | 2    |\n|  3 |       | 3    |\n+----+-------+------+\n",
            "framed-pipe",
            "id what n",
            &["1|a|b|1", "2||||2", "3||3"],
        ),
        (
            "a | b\n---+---\n 1 | x\n 2 | y|z\n",
            "padded-pipe",
            "a b",
            &["1|x", "2|y|z"],
        ),
        // Rows that are not aligned are not parted by places: a cell too much is one.
        (
            "| a | b |\n|---|---|\n| 1 | x |\n| 200 | y |\n| 3 | z|w |\n| 4 | u |\n",
            "framed-pipe",
            "a b",
            &["1|x", "200|y", "4|u"],
        ),
    ]);
}

#[test]
fn apostrophes_in_single_quotes_close_nothing() {
    check(&[
        (
            "id,'name','url'\n1,'Men's Boots, 1 inch','x'\n2,'won't slip','y'\n",
            "comma",
            "id name url",
            &["1|Men's Boots, 1 inch|x", "2|won't slip|y"],
        ),
        (
            "'name','city'\n'O'Brien','St. John's'\n'D'Arcy, J','x'\n",
            "comma",
            "name city",
            &["O'Brien|St. John's", "D'Arcy, J|x"],
        ),
        (
            "id;'name'\n1;'it''s; ok'\n2;'Men's'\n",
            "semicolon",
            "id name",
            &["1|it's; ok", "2|Men's"],
        ),
        // Apostrophes in text.
        (
            "id,name\n1,Men's\n2,it's\n3,'tis\n",
            "comma",
            "id name",
            &["1|Men's", "2|it's", "3|'tis"],
        ),
        (
            "id,name\n1,\"Men's, 'x'\"\n2,'90s\n",
            "comma",
            "id name",
            &["1|Men's, 'x'", "2|'90s"],
        ),
    ]);
}

/// The names and rows that a text has with what is known of its dialect.
fn with(text: &str, overrides: &Overrides) -> (Vec<String>, Vec<String>) {
    let profile = read::inferred(text, overrides);
    let (surveyed, rows) = read::read_all_ways(&profile, text, &[]);
    let names = surveyed.profile.columns.into_iter().map(|column| column.name);
    (names.collect(), rows)
}

#[test]
fn what_was_found_can_be_said() {
    for text in [
        "#Version: 1.0\n#Fields: day verb n\n2024-01-01 GET 1\n2024-01-02 POST 2\n",
        "+---+-----+\n| n | who |\n+---+-----+\n| 1 | Ann |\n+---+-----+\n",
        " n | who \n---+-----\n 1 | Ann \n",
        "n   weight\n1     0.25\n10    1.5\n",
        "city        n\nNew York    5\nOslo        7\n",
    ] {
        let found = read::inferred(text, &Overrides::default());
        let dialect = &found.dialect;
        let mark = |byte: Option<u8>| byte.map_or(Mark::None, Mark::Byte);
        let is_named_by_comment = found
            .warnings()
            .iter()
            .any(|warning| warning.contains("the comment on line"));
        let overrides = Overrides {
            delimiter: dialect.delimiter.to_string().parse().ok(),
            quote: mark(dialect.quote),
            escape: mark(dialect.escape),
            comment: mark(dialect.comment),
            preamble_lines: Some(dialect.preamble_lines),
            header: match is_named_by_comment {
                true => HeaderMode::Comment,
                false => HeaderMode::Rows(dialect.header_rows),
            },
            ..Overrides::default()
        };
        assert_eq!(with(text, &overrides), with(text, &Overrides::default()), "{text:?}");
    }
}
