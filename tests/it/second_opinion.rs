//! Files that DuckDB reads otherwise by itself: what it says of them once it is told that their rows may be ragged, or
//! where the table begins, against what a client of the server gets.

use std::process::Command;

use crate::gateway::{TestGateway, project};
use crate::python::python;
use crate::tools::{corpora, run};
use crate::wire::{ask, connect, sql, until};

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_agrees_where_it_is_told_more() {
    let (Some(corpora), Some(python)) = (corpora(), python()) else {
        return;
    };
    let folder = corpora.join("duckdb-csv/csv");
    let gateway = TestGateway::serve(&folder);
    let flight = connect(gateway.url()).await;
    until("all files are checked", || {
        let mut flight = flight.clone();
        let unchecked = sql("SELECT count(*) FROM flightstream.files WHERE NOT checked");
        async move { (ask(&mut flight, unchecked).await.unwrap() == ["0"]).then_some(()) }
    })
    .await;
    let mut opinion = Command::new(python);
    opinion
        .current_dir(project())
        .arg("tests/clients/python/second_opinion.py")
        .args([gateway.url().as_ref(), folder.as_os_str()])
        .arg("crates/csv/tests/corpus/exceptions.txt");
    tokio::task::spawn_blocking(move || run(&mut opinion)).await.unwrap();
}
