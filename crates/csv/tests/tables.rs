//! Files with more than one table in them, or with a header more than once: what is served, and what is not.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use flightstream_csv::{Chunk, ColumnType, Decoder, Ledger, Overrides, Sample, Survey, Surveyed, infer};

#[test]
fn records_of_another_table_are_no_rows() {
    let text = b"id,qty,price\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n\ncode,count\n1,100\n\n2,200,3\n";
    let sample = Sample {
        head: text,
        blocks: vec![],
        complete: true,
    };
    let mut survey = Survey::new(&infer(&sample, &Overrides::default()));
    survey.observe(&Chunk::whole(text));
    let surveyed = survey.finish();
    let ledger = Ledger {
        header: 1,
        blank: 2,
        served: 5,
        rejected: 2,
        ..Ledger::default()
    };
    assert_eq!((surveyed.ledger, surveyed.settled), (ledger, true));
    let rejects: Vec<_> = surveyed.rejects.iter().map(|r| (r.line, r.reason.as_str())).collect();
    let reason = "it belongs to another table, which begins on line 7";
    assert_eq!(rejects, [(7, reason), (8, reason)]);
    let decoder = Decoder::new(&surveyed.profile, None, 10);
    for window_bytes in [0, 1 << 20] {
        let decoded = decoder
            .clone()
            .with_window_bytes(window_bytes)
            .decode(&Chunk::whole(text));
        let decoded = decoded.unwrap();
        assert_eq!(decoded.ledger, ledger);
        let sums = decoded.batches.iter().map(|batch| {
            let quantities = batch.column(1).as_primitive::<Int64Type>();
            quantities.iter().flatten().sum::<i64>()
        });
        assert_eq!(sums.sum::<i64>(), 226);
    }
}

#[test]
fn a_table_that_goes_on_behind_the_sample_ends_with_a_blank_line() {
    let shown = b"id,n\n1,1\n2,2\n3,3\n4,4\n5,5\n\nk,l,m\n1,1,1\n2,2,2\n";
    for (behind, served, rejected, passes) in [(&b"3,3,3\n\n6,6\n\n7,7\n"[..], 7, 4, 2), (b"3,3,3\n4,4,4\n", 5, 5, 1)] {
        let text = [shown, behind].concat();
        let sample = Sample {
            head: shown,
            blocks: vec![],
            complete: false,
        };
        let mut profile = infer(&sample, &Overrides::default());
        let misfit = Decoder::new(&profile, None, 10)
            .decode(&Chunk::whole(&text))
            .unwrap_err();
        assert_eq!(
            misfit.to_string(),
            "line 8 may be of another table, which begins on line 8"
        );
        for pass in 1..=passes {
            let mut survey = Survey::new(&profile);
            survey.observe(&Chunk::whole(&text));
            let surveyed = survey.finish();
            assert_eq!(surveyed.settled, pass == passes);
            profile = surveyed.profile;
            if pass == passes {
                assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (served, rejected));
                let warning = format!("lines 8 to {} are another table", 7 + rejected);
                assert!(profile.warnings()[0].starts_with(&warning), "{:?}", profile.warnings());
            }
        }
        let decoded = Decoder::new(&profile, None, 10).decode(&Chunk::whole(&text)).unwrap();
        assert_eq!((decoded.ledger.served, decoded.ledger.rejected), (served, rejected));
    }
}

/// What surveys find in the end, beginning with a profile of the first bytes.
fn surveyed(text: &[u8], shown: usize) -> (Surveyed, usize) {
    let sample = Sample {
        head: &text[..shown],
        blocks: vec![],
        complete: shown == text.len(),
    };
    let mut profile = infer(&sample, &Overrides::default());
    for passes in 1.. {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text));
        let surveyed = survey.finish();
        if surveyed.settled {
            return (surveyed, passes);
        }
        profile = surveyed.profile;
    }
    unreachable!("a survey comes to an end")
}

#[test]
fn a_header_that_comes_again_is_no_row() {
    let text = "id,name\n1,x\n2,y\n\u{FEFF}id,name\n3,z\nid,name\n".as_bytes();
    for (shown, passes) in [(text.len(), 1), (16, 2)] {
        let (surveyed, passed) = surveyed(text, shown);
        let kinds: Vec<_> = surveyed.profile.columns.iter().map(|column| column.kind).collect();
        assert_eq!((passed, kinds), (passes, vec![ColumnType::Int64, ColumnType::Utf8]));
        let rejects: Vec<_> = surveyed.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!((surveyed.ledger.served, rejects), (3, vec![4, 6]));
        assert_eq!(surveyed.rejects[0].reason, "it is the header once more");
        let decoded = Decoder::new(&surveyed.profile, None, 8).decode(&Chunk::whole(text));
        assert_eq!(decoded.map(|decoded| decoded.ledger), Ok(surveyed.ledger));
    }
}

#[test]
fn tables_of_r_may_be_put_one_behind_the_other() {
    let text = "\"x\",\"y\"\n\"1\",1,2\n\"2\",3,4\n\"x\",\"y\"\n\"1\",5,6\n";
    let (surveyed, _) = surveyed(text.as_bytes(), text.len());
    let columns = surveyed.profile.columns.iter();
    let columns: Vec<_> = columns.map(|column| (column.name.as_str(), column.kind)).collect();
    let int = ColumnType::Int64;
    assert_eq!(columns, [("column_1", int), ("x", int), ("y", int)]);
    assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (3, 1));
}

#[test]
fn the_same_words_may_be_a_row() {
    for text in ["from,to\nhere,there\nfrom,to\n", "id,n\n1,2\nid,3\n"] {
        let (surveyed, _) = surveyed(text.as_bytes(), text.len());
        assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (2, 0), "{text:?}");
    }
}

/// The warnings that speak of another table, and how many rows are served.
fn others(text: &str) -> (Vec<String>, u64) {
    let (surveyed, _) = surveyed(text.as_bytes(), text.len());
    let warnings = surveyed.profile.warnings().into_iter();
    (
        warnings.filter(|warning| warning.contains("another table")).collect(),
        surveyed.ledger.served,
    )
}

#[test]
fn values_of_an_undecided_type_make_another_table_too() {
    for text in [
        "id,name,n\n1,x,2\n2,y,3\n3,z,4\n4,w,5\n\nitem,price\na,\"1,204\"\nb,\"2,300\"\n",
        "id,name,n\n1,x,2\n2,y,3\n3,z,4\n4,w,5\n\nshare,item\n45%,a\n50%,b\n",
        "id,name\n1,x\n2,y\n3,z\n4,w\n\nday,share\n01/02/2024,45%\n03/04/2024,50%\n",
    ] {
        let (warnings, served) = others(text);
        assert_eq!((warnings.len(), served), (1, 4), "{text:?} {warnings:?}");
        assert!(warnings[0].ends_with("its records are rejected"), "{warnings:?}");
    }
    for text in [
        "id,share\n1,45%\n2,50%\n\n3,55%\n4,60%\n",
        "id,\"last\nname\",n\n1,x,5\n2,y,6\n",
        "id,\"last\n\nname\",n\n1,x,5\n2,y,6\n",
        "\"a\nb\",\"c\nd\"\n1,2\n3,4\n",
        "id,text\n1,\"a\n\nb,c\nd,e\"\n2,f\n",
    ] {
        assert_eq!(others(text).0, [""; 0], "{text:?}");
    }
}

#[test]
fn rows_with_empty_cells_at_their_end_are_no_other_table() {
    for (text, served) in [
        ("a,b,c\n1,2,3,\n\n4,5,6,\n7,8,9,\n", 3),
        ("a,b,c\n1,2,3,\n,\n4,5,6,\n7,8,9,\n3,3,3,\n", 5),
        ("a;b\n1;2;\n3;4;\n\n4;5;\n7;8;\n", 4),
    ] {
        let (warnings, found) = others(text);
        assert_eq!((warnings.len(), found), (0, served), "{text:?} {warnings:?}");
    }
}
