//! What names the columns of a table, what is a title above it, and what is a row.

use flightstream_csv::Overrides;

mod read;

/// A text, what its columns are called, its rows, and the account of its records.
type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a str);

fn check(cases: &[Case<'_>]) {
    for (text, names, rows, account) in cases {
        let profile = read::inferred(text, &Overrides::default());
        let (surveyed, found) = read::read_all_ways(&profile, text, &[1, 7, 64]);
        let columns = surveyed.profile.columns.iter();
        let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
        assert_eq!(
            (columns.join(" ").as_str(), &found[..]),
            (*names, &rows.iter().map(|row| row.to_string()).collect::<Vec<_>>()[..]),
            "{text:?}"
        );
        let records = surveyed.ledger.records();
        let noun = if records == 1 { "record" } else { "records" };
        assert_eq!(
            surveyed.ledger.to_string(),
            format!("{records} {noun}: {account}"),
            "{text:?}"
        );
    }
}

#[test]
fn titles_may_be_as_wide_as_the_table() {
    check(&[
        (
            "Travel cost,\n,\nSupplier,Sum\nFerry,1.5\nHotel,2\n",
            "Supplier Sum",
            &["Ferry|1.5", "Hotel|2"],
            "2 preamble, 1 header, 2 served",
        ),
        (
            "Travel cost,\nSupplier,Sum\nFerry,1.5\nHotel,2\n",
            "Supplier Sum",
            &["Ferry|1.5", "Hotel|2"],
            "1 preamble, 1 header, 2 served",
        ),
        (
            "People,\n,\nname,city\nAnn,Rome\n",
            "name city",
            &["Ann|Rome"],
            "2 preamble, 1 header, 1 served",
        ),
        (
            "Report,Q1,2024,draft\nid,name,qty,price\n1,x,5,2.5\n2,y,6,3.5\n",
            "id name qty price",
            &["1|x|5|2.5", "2|y|6|3.5"],
            "1 preamble, 1 header, 2 served",
        ),
        (
            "by,me,7\nat,work,8\nid,name,qty\n1,x,5\n2,y,6\n",
            "id name qty",
            &["1|x|5", "2|y|6"],
            "2 preamble, 1 header, 2 served",
        ),
        (
            "\"TOA5\",\"CR1\",\"1234\"\n\"STAMP\",\"RN\",\"BattV\"\n\"TS\",\"RN\",\"Volts\"\n\"\",\"\",\"Min\"\n\"2012-05-10\",0,12.5\n\"2012-05-11\",1,12.6\n",
            "STAMP_TS RN_RN BattV_Volts_Min",
            &["day 15470|0|12.5", "day 15471|1|12.6"],
            "1 preamble, 3 header, 2 served",
        ),
        (
            "Title,,,\n,left,,right\nid,x,y,x\n1,2,3,4\n5,6,7,8\n",
            "id left_x left_y right_x",
            &["1|2|3|4", "5|6|7|8"],
            "1 preamble, 2 header, 2 served",
        ),
        (
            "Report,2024-01-01\nname,qty\nx,1\ny,2\n",
            "name qty",
            &["x|1", "y|2"],
            "1 preamble, 1 header, 2 served",
        ),
        (
            "Report:,Sales,,\nDate:,2024-01-01,,\n,,,\nname,a,b,c\nx,1,2,3\ny,4,5,6\n",
            "name a b c",
            &["x|1|2|3", "y|4|5|6"],
            "3 preamble, 1 header, 2 served",
        ),
        (
            "Report,draft,2024,May\n,,,\nname,a,b,c\nx,1,2,3\ny,4,5,6\n",
            "name a b c",
            &["x|1|2|3", "y|4|5|6"],
            "2 preamble, 1 header, 2 served",
        ),
        (
            "Vendor,North\nStart,2024-01-01\nEnd,2024-01-02\nid,n,m,k\n1,2,3,4,\n5,6,7,8,\n",
            "id n m k",
            &["1|2|3|4", "5|6|7|8"],
            "3 preamble, 1 header, 2 served",
        ),
        (
            "name,a,b\nno,kg,m\nx,1,2\ny,3,4\n,,\nSource: x,,\n",
            "name_no a_kg b_m",
            &["x|1|2", "y|3|4"],
            "2 header, 1 blank, 2 served, 1 rejected",
        ),
        // These are headers and rows, not titles.
        ("id,\n1,2\n3,4\n", "id column_2", &["1|2", "3|4"], "1 header, 2 served"),
        (
            "5,7\nlow,high\n6,8\n9,9\n",
            "column_1 column_2",
            &["5|7", "low|high", "6|8", "9|9"],
            "4 served",
        ),
        (
            "x,2019,2020\nkg,t,t\na,1,2\nb,3,4\n",
            "x_kg 2019_t 2020_t",
            &["a|1|2", "b|3|4"],
            "2 header, 2 served",
        ),
        (
            "place,when\nhere,now\nthere,\n",
            "place when",
            &["here|now", "there|"],
            "1 header, 2 served",
        ),
    ]);
}

#[test]
fn headers_may_have_several_records() {
    check(&[
        (
            "a,b,c\nm,s,kg\nx,avg,max\n1,2,3\n4,5,6\n",
            "a_m_x b_s_avg c_kg_max",
            &["1|2|3", "4|5|6"],
            "3 header, 2 served",
        ),
        (
            "t,v\ndate,V\n,\n2024-01-01,2\n",
            "t_date v_V",
            &["day 19723|2"],
            "2 header, 1 blank, 1 served",
        ),
        (
            "a,b,c\n---,---,---\nm,s,kg\n1,2,3\n4,5,6\n",
            "a_m b_s c_kg",
            &["1|2|3", "4|5|6"],
            "3 header, 2 served",
        ),
        (
            "c,,t,\nx,y,x,y\n4.5,1,4,2\n4.5,2,5,3\n",
            "c_x c_y t_x t_y",
            &["4.5|1|4|2", "4.5|2|5|3"],
            "2 header, 2 served",
        ),
        (
            "2019,,2020,\nx,y,x,y\n1,2,3,4\n5,6,7,8\n",
            "2019_x 2019_y 2020_x 2020_y",
            &["1|2|3|4", "5|6|7|8"],
            "2 header, 2 served",
        ),
        (
            "o,s,,,,c\n,j,,n,,\n,h,f,h,f,y\np,1,2,3,4,5\nq,6,7,8,9,0\n",
            "o s_j_h s_j_f s_n_h s_n_f c_y",
            &["p|1|2|3|4|5", "q|6|7|8|9|0"],
            "3 header, 2 served",
        ),
        (
            "name,phone,,note\n,home,work,\nx,a,b,c\ny,d,e,f\n",
            "name phone_home phone_work note",
            &["x|a|b|c", "y|d|e|f"],
            "2 header, 2 served",
        ),
        // A row is a row.
        (
            "id,n,m\n1,x,\n2,y,z\n",
            "id n m",
            &["1|x|", "2|y|z"],
            "1 header, 2 served",
        ),
        ("id,n\nx,NA\ny,2\n", "id n", &["x|", "y|2"], "1 header, 2 served"),
        (
            "name,city,\nx,y,\nz,w,v\n",
            "name city column_3",
            &["x|y|", "z|w|v"],
            "1 header, 2 served",
        ),
        (
            "name,phone,,note\nx,1,2,c\ny,3,4,f\n",
            "name phone column_3 note",
            &["x|1|2|c", "y|3|4|f"],
            "1 header, 2 served",
        ),
        (
            "h,height,height,\nname,m,ft,\nRiga,6,19.5,open\n",
            "h_name height_m height_ft column_4",
            &["Riga|6|19.5|open"],
            "2 header, 1 served",
        ),
    ]);
}

#[test]
fn a_preamble_may_be_as_long_as_the_table() {
    check(&[
        (
            "Vendor\tTest\nStart\t06/02/2024\nEnd\t06/29/2024\nSold\tSettled\tIdent\tTitle\tKind\n06/19/2024\t06/22/2024\t14\tMonthly\tNO\t\n06/14/2024\t06/16/2024\t14\tMonthly\tSE\t\n",
            "Sold Settled Ident Title Kind",
            &["day 19893|day 19896|14|Monthly|NO", "day 19888|day 19890|14|Monthly|SE"],
            "3 preamble, 1 header, 2 served",
        ),
        (
            "by,me\non,1\nat,x\nid,n,m,k\n1,2,3,4\n4,5,6,7\n",
            "id n m k",
            &["1|2|3|4", "4|5|6|7"],
            "3 preamble, 1 header, 2 served",
        ),
        (
            "HTTP/1.1 200 OK\nDate: Sat, 27 Aug\nServer: x\nLength: 343\nConnection: close\n\nid,state,by,n\n22,\"CLOSED\",\"a@b\",1\n",
            "id state by n",
            &["22|CLOSED|a@b|1"],
            "6 preamble, 1 header, 1 served",
        ),
        (
            "one\ntwo\nthree, four\nfive\n\nid,n,m,k\n1,2,3,4\n",
            "id n m k",
            &["1|2|3|4"],
            "5 preamble, 1 header, 1 served",
        ),
        // A header of its own, and rows that differ in their cells.
        (
            "id,n\n\n1,2,3\n4,5,6\n",
            "id n column_3",
            &["1|2|3", "4|5|6"],
            "1 header, 1 blank, 2 served",
        ),
        (
            "one,two,three\n1,2,3,4\n1,2,3\n\n1,2,3,4,5\n1,2,3,4,5\n",
            "one two three column_4 column_5",
            &["1|2|3|4|", "1|2|3||", "1|2|3|4|5", "1|2|3|4|5"],
            "1 header, 1 blank, 4 served",
        ),
    ]);
}

#[test]
fn columns_without_names_at_the_end_stay_all_or_none() {
    check(&[
        (
            "a,b,c,,\nx,,,,\n,,y,\n",
            "a b c column_4 column_5",
            &["x||||", "||y||"],
            "1 header, 2 served",
        ),
        (
            "a,b,c,,\nx,y,z,\nu,v,w,\n",
            "a b c column_4 column_5",
            &["x|y|z||", "u|v|w||"],
            "1 header, 2 served",
        ),
        (
            "a,b,c\nx,y,,,\nu,v,,,\n",
            "a b c",
            &["x|y|", "u|v|"],
            "1 header, 2 served",
        ),
        ("a,b\n1,2,\n4,5,\n", "a b", &["1|2", "4|5"], "1 header, 2 served"),
        ("a,b,\n1,2\n4,5\n", "a b", &["1|2", "4|5"], "1 header, 2 served"),
        (
            "a,b,,\n1,2,x,\n4,5,,y\n",
            "a b column_3 column_4",
            &["1|2|x|", "4|5||y"],
            "1 header, 2 served",
        ),
        (
            "a,b\n1,2,x\n4,5,y\n",
            "a b column_3",
            &["1|2|x", "4|5|y"],
            "1 header, 2 served",
        ),
    ]);
}

#[test]
fn a_damaged_header_names_the_columns() {
    check(&[
        (
            "id;day;\"name\"\n1,2024-01-01,\"a, b\"\n2,2024-01-02,c\n",
            "id day name",
            &["1|day 19723|a, b", "2|day 19724|c"],
            "1 preamble, 2 served",
        ),
        (
            "id\tday\tname\n1,2024-01-01,a\n2,2024-01-02,c\n",
            "id day name",
            &["1|day 19723|a", "2|day 19724|c"],
            "1 preamble, 2 served",
        ),
        (
            "id,day,name\n1;2024-01-01;a\n2;2024-01-02;c\n",
            "id day name",
            &["1|day 19723|a", "2|day 19724|c"],
            "1 preamble, 2 served",
        ),
        (
            "id day name\n1,2024-01-01,a\n2,2024-01-02,c\n",
            "id day name",
            &["1|day 19723|a", "2|day 19724|c"],
            "1 preamble, 2 served",
        ),
        (
            "a;b;c\nx,y,z\nu,v,w\n",
            "a b c",
            &["x|y|z", "u|v|w"],
            "1 preamble, 2 served",
        ),
        (
            "Report\n\nid;n;m\n1,2,3\n4,5,6\n",
            "id n m",
            &["1|2|3", "4|5|6"],
            "3 preamble, 2 served",
        ),
        (
            "id,n,\"m\",\"url\n1,2,\"a, b\",c\n4,5,\"d\",\"e\"\n",
            "id n m \"url",
            &["1|2|a, b|c", "4|5|d|e"],
            "1 preamble, 2 served",
        ),
        (
            "id,\"n,\"m\"\n1,2,\"a, b\"\n4,5,\"d\"\n",
            "id \"n m",
            &["1|2|a, b", "4|5|d"],
            "1 header, 2 served",
        ),
        (
            "id,n,,m\n1,2,3\n4,5,6\n",
            "id n m",
            &["1|2|3", "4|5|6"],
            "1 header, 2 served",
        ),
        (
            "id,last, first,m\n1,x,3\n4,y,6\n",
            "id last, first m",
            &["1|x|3", "4|y|6"],
            "1 header, 2 served",
        ),
        (
            "id,day,\"last, first\n1,2024-01-01,x\n2,2024-01-02,y\n",
            "id day last, first",
            &["1|day 19723|x", "2|day 19724|y"],
            "1 header, 2 served",
        ),
        (
            "id,last, first\",n\n1,x,2\n3,y,4\n5,\"z, u\",6\n",
            "id last, first n",
            &["1|x|2", "3|y|4", "5|z, u|6"],
            "1 header, 3 served",
        ),
        (
            "id,\",n,t\n1,2,x\n3,4,y\n",
            "id n t",
            &["1|2|x", "3|4|y"],
            "1 header, 2 served",
        ),
        (
            "id;n\n1,2\n3,4\n5,6\n",
            "id n",
            &["1|2", "3|4", "5|6"],
            "1 preamble, 3 served",
        ),
        (
            "a|b\n10,200\n30,400\n5,6\n",
            "a b",
            &["10|200", "30|400", "5|6"],
            "1 preamble, 3 served",
        ),
        (
            "a\tb\r\n1,20\r\n3,4\r\n",
            "a b",
            &["1|20", "3|4"],
            "1 preamble, 2 served",
        ),
        // A title is a title, and a header a header.
        (
            "Net price\n1,5\n2,75\n",
            "Net price",
            &["1.5", "2.75"],
            "1 header, 2 served",
        ),
        (
            "price;qty\n1,50\n2,75\n13,00\n",
            "price qty",
            &["1.5|", "2.75|", "13|"],
            "1 header, 3 served",
        ),
        (
            "%,name,city,note\n1,x,y\n2,u,v\n",
            "% name city note",
            &["1|x|y|", "2|u|v|"],
            "1 header, 2 served",
        ),
        (
            "Sales of May and June\n1,2,3\n4,5,6\n",
            "column_1 column_2 column_3",
            &["1|2|3", "4|5|6"],
            "1 preamble, 2 served",
        ),
        (
            "a;b;c\nid,n,m\n1,2,3\n4,5,6\n",
            "id n m",
            &["1|2|3", "4|5|6"],
            "1 preamble, 1 header, 2 served",
        ),
        (
            "Sales of May\nname,city,street\nx,y,z\nu,v,w\n",
            "name city street",
            &["x|y|z", "u|v|w"],
            "1 preamble, 1 header, 2 served",
        ),
        (
            "id,n,more,m\n1,2,3\n4,5,6\n",
            "id n more m",
            &["1|2|3|", "4|5|6|"],
            "1 header, 2 served",
        ),
    ]);
}
