//! Records that are no rows: blank ones, headers come again, frames.

use flightstream_csv::Overrides;

mod read;

/// A text, its rows, and the account of its records.
type Case<'a> = (&'a str, &'a [&'a str], &'a str);

fn check(cases: &[Case<'_>]) {
    for (text, rows, account) in cases {
        let profile = read::inferred(text, &Overrides::default());
        let (surveyed, found) = read::read_all_ways(&profile, text, &[1, 7, 64]);
        assert_eq!(found, *rows, "{text:?}");
        let account = format!("{} records: {account}", surveyed.ledger.records());
        assert_eq!(surveyed.ledger.to_string(), account, "{text:?}");
    }
}

#[test]
fn records_of_delimiters_alone_are_blank_around_rows() {
    check(&[
        (
            "id,n,t\n1,2,x\n3,4,y\n,,\n,,\n",
            &["1|2|x", "3|4|y"],
            "1 header, 2 blank, 2 served",
        ),
        ("id,n\n1,2\n3,4\n,\n", &["1|2", "3|4"], "1 header, 1 blank, 2 served"),
        (
            "id;n;t\n1;2;x\n3;4;y\n;;\n\n;;",
            &["1|2|x", "3|4|y"],
            "1 header, 3 blank, 2 served",
        ),
        (
            "id,n,t\n,,\n1,2,x\n3,4,y\n",
            &["1|2|x", "3|4|y"],
            "1 header, 1 blank, 2 served",
        ),
        (
            ",,\n,,\nid,n,t\n1,2,x\n3,4,y\n",
            &["1|2|x", "3|4|y"],
            "2 preamble, 1 header, 2 served",
        ),
        (",\nid,n\n1,2\n3,4\n", &["1|2", "3|4"], "1 preamble, 1 header, 2 served"),
        (
            "t,2016,2017\na,1,2\nb,3,4\nc,5,6\n,,\nSource: x,,\nNote: y,,\n",
            &["a|1|2", "b|3|4", "c|5|6"],
            "1 header, 1 blank, 3 served, 2 rejected",
        ),
        (
            "id,n,t\n1,2,x\n,,\n3,4,y\n,,\n,,\n",
            &["1|2|x", "3|4|y"],
            "1 header, 3 blank, 2 served",
        ),
        (
            "id;n;t\n1;2;x\n;;\n;;\n;;\n3;4;y\n;;\n",
            &["1|2|x", "||", "||", "||", "3|4|y", "||"],
            "1 header, 6 served",
        ),
        (
            ",,\nid,n,t\n1,2,x\n\n3,4,y\n5,6,z\n",
            &["1|2|x", "3|4|y", "5|6|z"],
            "1 preamble, 1 header, 1 blank, 3 served",
        ),
        (
            "id,n,t\n1,2,x,\n3,4,y,\n5,6,z,\n,,,\nSource: x,,,\n",
            &["1|2|x", "3|4|y", "5|6|z"],
            "1 header, 1 blank, 3 served, 1 rejected",
        ),
        (
            "id,n,t\n1,2,x\n3,4,y\n,,\n,,\n\ncode,share\na,45%\nb,50%\n",
            &["1|2|x", "3|4|y"],
            "1 header, 3 blank, 2 served, 3 rejected",
        ),
        // Rows of NULLs.
        (
            "id,n,t\n1,2,x\n,,\n3,4,y\n",
            &["1|2|x", "||", "3|4|y"],
            "1 header, 3 served",
        ),
        (
            "id,n\n,5\n,\n3,\n,\n3,4\n",
            &["|5", "|", "3|", "|", "3|4"],
            "1 header, 5 served",
        ),
        (
            "id,n,t\n1,2,x\n\"\",\"\",\"\"\n",
            &["1|2|x", "||"],
            "1 header, 2 served",
        ),
        ("a,b\n,\n,\n", &["|", "|"], "1 header, 2 served"),
        (",\n1,2\n3,4\n", &["1|2", "3|4"], "1 header, 2 served"),
    ]);
}

#[test]
fn a_surplus_cell_of_blanks_is_none() {
    check(&[
        ("id,n,t\n1,2,x, \n3,4,y\n", &["1|2|x", "3|4|y"], "1 header, 2 served"),
        (
            "id;n;t\n1;2;x;\t;  \n3;4;y\n",
            &["1|2|x", "3|4|y"],
            "1 header, 2 served",
        ),
        (
            "id,n,t\n1,2,\"x\", \n3,4,y\n",
            &["1|2|x", "3|4|y"],
            "1 header, 2 served",
        ),
        ("a,b\n1,x, \n2,y, \n", &["1|x", "2|y"], "1 header, 2 served"),
        // Blanks in a column stay, and a surplus cell that holds something is no row.
        ("id,n,t\n1,2, \n3,4,y\n", &["1|2| ", "3|4|y"], "1 header, 2 served"),
        (
            "id,n,t\n1,2,x, z\n3,4,y\n",
            &["3|4|y"],
            "1 header, 1 served, 1 rejected",
        ),
    ]);
}

#[test]
fn a_header_come_again_is_compared_by_its_cells() {
    check(&[
        (
            "id,\"name\",n\n1,x,2\nid,name,n\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "1 header, 2 served, 1 rejected",
        ),
        (
            "id,name,n\n1,x,2\n\"id\", \"name\" ,\"n\"\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "1 header, 2 served, 1 rejected",
        ),
        (
            "id,name,n\nid,name,n\nid,\"name\",n\n1,x,2\n",
            &["1|x|2"],
            "1 header, 1 served, 2 rejected",
        ),
        (
            "id,name,n\n1,x,2\nid,name,n,,\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "1 header, 2 served, 1 rejected",
        ),
        (
            "id,name,n\n1,x,2\nid,name\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "1 header, 2 served, 1 rejected",
        ),
        (
            "id,n\nint,km\n1,2\n3,4\nid,n\nint,km\n5,6\n",
            &["1|2", "3|4", "5|6"],
            "2 header, 3 served, 2 rejected",
        ),
        (
            "id,name,n\n1,x,2\nID,Name,N\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "1 header, 2 served, 1 rejected",
        ),
        (
            "id,name\n1,x\n2,y\n5,z\nid,name,more\n3,y,4\n4,w,5\n",
            &["1|x|", "2|y|", "5|z|", "3|y|4", "4|w|5"],
            "1 header, 5 served, 1 rejected",
        ),
        (
            "id,name,n\nid,name,n\nno,text,kg\n1,x,2\n3,y,4\n",
            &["1|x|2", "3|y|4"],
            "3 header, 2 served",
        ),
        (
            ",left,\nname,x,y\na,1,2\nname,x,y\nb,3,4\n",
            &["a|1|2", "b|3|4"],
            "2 header, 2 served, 1 rejected",
        ),
        (
            "id;name;n\n1,x,2\n3,y,4\nid,name,n\n5,z,6\n",
            &["1|x|2", "3|y|4", "5|z|6"],
            "1 preamble, 3 served, 1 rejected",
        ),
        // Rows.
        ("from,to\na,b\nfrom,to\n", &["a|b", "from|to"], "1 header, 2 served"),
        ("id,name,n\n1,x,2\nid,y,4\n", &["1|x|2", "id|y|4"], "1 header, 2 served"),
        (
            "id,name,n\n1,id,2\n3,name,4\n",
            &["1|id|2", "3|name|4"],
            "1 header, 2 served",
        ),
    ]);
}
