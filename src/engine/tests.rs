//! What is planned over files of which more becomes known later.

use super::*;

fn kind(snapshot: &Snapshot) -> String {
    snapshot.get("t").unwrap().schema.field(0).data_type().to_string()
}

#[tokio::test]
async fn a_file_is_still_what_it_was_taken_for_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    // The sample is of the head, the middle and the end.
    std::fs::write(&file, late_word(1_000_000)).unwrap();
    let config = Config {
        locations: vec![folder.path().to_owned()],
        ..Config::default()
    };
    let engine = Engine::new(&config).unwrap();
    let held = engine.checking.lock().await;
    let sampled = engine.refresh(|_| ()).await.unwrap();
    assert_eq!(kind(&sampled), "Int64");
    drop(held);
    engine.checked("t").await.unwrap();
    assert_eq!(kind(&engine.snapshot()), "Utf8");
    let then = engine
        .visible_at(sampled.version(), &RequestContext::of_server())
        .unwrap();
    assert_eq!(kind(&then), "Int64");
    let fingerprint = |snapshot: &Snapshot| snapshot.get("t").unwrap().fingerprint();
    assert_eq!(fingerprint(&then), fingerprint(&sampled));

    std::fs::write(&file, "n\n1.5\n").unwrap();
    engine.refresh(|_| ()).await.unwrap();
    assert_eq!(
        kind(
            &engine
                .visible_at(sampled.version(), &RequestContext::of_server())
                .unwrap()
        ),
        "Float64"
    );
}

/// A column of numbers with one word where no sample looks.
fn late_word(rows: usize) -> String {
    let rows = (0..rows).map(|n| if n == 300_000 { "abc\n" } else { "12345\n" });
    "n\n".to_owned() + &rows.collect::<String>()
}

#[tokio::test]
async fn views_are_planned_again_when_a_check_finds_other_columns() {
    let folder = tempfile::tempdir().unwrap();
    for place in ["data", "queries", "tables"] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
    }
    let write = |place: &str, text: &str| std::fs::write(folder.path().join(place), text).unwrap();
    write("data/t.csv", &late_word(1_000_000));
    write("data/other.csv", "m\n1\n");
    write("queries/v.sql", "SELECT n FROM t");
    write("queries/w.sql", "SELECT n AS m FROM v");
    write("queries/sum.sql", "SELECT n + 1 AS next FROM t");
    write("queries/same.sql", "SELECT m FROM other");
    let config = Config {
        locations: vec![folder.path().join("data")],
        queries: Some(folder.path().join("queries")),
        writable: Some(folder.path().join("tables").into()),
        ..Config::default()
    };
    let engine = Engine::new(&config).unwrap();
    let held = engine.checking.lock().await;
    engine.refresh(|_| ()).await.unwrap();
    engine
        .commit(Change::View {
            name: crate::discovery::DatasetName::in_schema("public", "mine"),
            sql: "SELECT max(m) AS most FROM w".into(),
            replace: false,
        })
        .await
        .unwrap();
    let kinds = |snapshot: &Snapshot| {
        let views = ["v", "w", "mine", "same"].map(|id| snapshot.get(id).unwrap());
        views.map(|view| view.schema.field(0).data_type().to_string())
    };
    assert_eq!(kinds(&engine.snapshot()), ["Int64", "Int64", "Int64", "Int64"]);
    assert!(engine.snapshot().get("sum").is_some());
    drop(held);
    engine.checked("t").await.unwrap();
    let checked = engine.snapshot();
    assert_eq!(kinds(&checked), ["Utf8", "Utf8", "Utf8", "Int64"]);
    // What is listed is what an answer has.
    for table in checked.tables() {
        let query = Query::Dataset(DatasetQuery::all(table.name.id.as_str()));
        let planned = engine
            .plan_over(Arc::clone(&checked), query, PlanOptions::default())
            .await;
        let names = |schema: &SchemaRef| {
            let fields = schema.fields().iter();
            fields
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(planned.unwrap().schema()),
            names(&table.schema),
            "{}",
            table.name.id
        );
    }
    // A view that cannot be any more is said, as after a refresh.
    let refreshed = engine.refresh(|_| ()).await.unwrap();
    assert_eq!(kinds(&refreshed), kinds(&checked));
    assert_eq!(refreshed.warnings(), checked.warnings());
    assert_eq!(refreshed.get("sum").is_some(), checked.get("sum").is_some());
}
