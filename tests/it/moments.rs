//! Times and timestamps of CSV files, compared with those of a statement as people write them.

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, sql};

#[tokio::test(flavor = "multi_thread")]
async fn literals_compare_with_columns() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id,at,t,d\n1,2024-01-31 10:30:00,12:00,2024-01-05\n2,2024-01-31 10:29:00,9:00,2024-01-06\n\
                3,2024-2-1 0:00,23:59:59.5,2024-1-7\n";
    std::fs::write(folder.path().join("m.csv"), text).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for (condition, expected) in [
        ("at >= timestamp '2024-01-31 10:30'", &["1", "3"][..]),
        ("at = '2024-01-31T10:29'", &["2"]),
        ("at = '2024-2-1 0:00'", &["3"]),
        ("at BETWEEN '2024-01-31 10:00' AND '2024-01-31 10:29:30'", &["2"]),
        ("at IN ('2024-01-31 11:30+01:00', '2024-02-01')", &["1", "3"]),
        ("t > time '10:00'", &["1", "3"]),
        ("t IN (time '9:00', time '12:00:00')", &["1", "2"]),
        ("CASE WHEN t = CAST('12:00' AS TIME) THEN true ELSE false END", &["1"]),
        ("t BETWEEN '08:00' AND '12:00'", &["1", "2"]),
        // The engine's estimates fail for these.
        ("d - DATE '2024-01-01' = 4", &["1"]),
        ("at::date - d > 25", &["1"]),
        (
            "EXISTS (SELECT 1 FROM m AS n WHERE n.id = m.id AND n.at < '2024-01-31 10:30')",
            &["2"],
        ),
    ] {
        let statement = format!("SELECT id FROM m WHERE {condition} ORDER BY id");
        assert_eq!(
            ask(&mut flight, sql(&statement)).await.unwrap(),
            expected,
            "{condition}"
        );
    }
    let named = ask(
        &mut flight,
        sql("SELECT timestamp '2024-01-31 10:30', id FROM m LIMIT 1"),
    )
    .await;
    assert_eq!(named.unwrap(), ["2024-01-31T10:30:00|1"]);
    for (condition, expected) in [
        (
            "at > '31/01/2024'",
            "'31/01/2024' is no timestamp: write it as 2024-01-31 10:30:00, or say how it is written with \
             to_timestamp(text, format)",
        ),
        (
            "(id > 1) = 'yes'",
            "there is no Boolean = Utf8: a Boolean is true or false, without quotes",
        ),
    ] {
        let error = ask(&mut flight, sql(&format!("SELECT id FROM m WHERE {condition}"))).await;
        assert_eq!(error.unwrap_err().message(), expected);
    }
}
