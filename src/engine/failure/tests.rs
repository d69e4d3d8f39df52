//! The engine's errors, as clients hear of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::*;
use crate::config::Config;
use crate::engine::Engine;
use datafusion::sql::sqlparser::parser::ParserError;

#[test]
fn a_message_is_one_line_for_people() {
    let cause = DataFusionError::ArrowError(Box::new(ArrowError::DivideByZero), None);
    let context = "Optimizer rule 'simplify_expressions' failed".to_owned();
    let error = failed(DataFusionError::Context(context, Box::new(cause)));
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Invalid, "Divide by zero error")
    );
    let error = failed(DataFusionError::Plan("Two\n lines.".into()));
    assert_eq!(error.message(), "Two lines.");
    let error = failed(DataFusionError::Plan(
        "Invalid function 'summ'.\nDid you mean 'sum'?".into(),
    ));
    assert_eq!(error.message(), "there is no function 'summ'; did you mean 'sum'?");
}

#[test]
fn a_comparison_that_does_not_work_says_what_would() {
    let said = "Cannot infer common argument type for comparison operation Boolean = Utf8";
    let error = failed(DataFusionError::Plan(said.into()));
    assert_eq!(
        error.message(),
        "there is no Boolean = Utf8: a Boolean is true or false, without quotes"
    );
    let said = "Parser error: Error parsing timestamp from '31/01/2024': error parsing date";
    let error = failed(DataFusionError::ArrowError(
        Box::new(ArrowError::ParseError(said.into())),
        None,
    ));
    assert_eq!(
        error.message(),
        "'31/01/2024' is no timestamp: write it as 2024-01-31 10:30:00, or say how it is written with \
         to_timestamp(text, format)"
    );
}

#[test]
fn the_place_of_an_error_comes_last_and_once() {
    let said = "Expected: an expression, found: FROM at Line: 2, Column: 13";
    let parser = DataFusionError::SQL(Box::new(ParserError::ParserError(said.into())), None);
    let place = datafusion::common::Location { line: 3, column: 4 };
    let span = datafusion::common::Span::new(place, place);
    let diagnostic = datafusion::common::Diagnostic::new_error("here", Some(span));
    let planned = DataFusionError::Plan("Types differ".into()).with_diagnostic(diagnostic);
    let travelled = DataFusionError::External(Box::new(failed(planned)));
    for (error, message) in [
        (parser, "Expected: an expression, found: FROM (line 2, column 13)"),
        (travelled, "Types differ (line 3, column 4)"),
    ] {
        assert_eq!(failed(error).message(), message);
    }
}

#[test]
fn an_error_of_ours_comes_out_as_it_went_in() {
    let ours = || DataFusionError::External(Box::new(Error::unavailable("file 't.csv' is gone")));
    let wrapped = [
        ours(),
        DataFusionError::Context("a rule".into(), Box::new(ours())),
        DataFusionError::Shared(std::sync::Arc::new(ours())),
        DataFusionError::ArrowError(Box::new(ArrowError::ExternalError(Box::new(ours()))), None),
    ];
    for error in wrapped.map(failed) {
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Unavailable, "file 't.csv' is gone")
        );
    }
}

/// What a query says of a Parquet file to which something happened after it was listed.
async fn said_of_parquet(happen: impl FnOnce(&std::path::Path, &[u8]) + Send) -> (ErrorKind, String) {
    let folder = tempfile::tempdir().unwrap();
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
    let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let (file, bytes) = (folder.path().join("t.parquet"), writer.into_inner().unwrap());
    std::fs::write(&file, &bytes).unwrap();
    let engine = Engine::new(&Config {
        locations: vec![folder.path().to_owned()],
        ..Config::default()
    });
    let engine = engine.unwrap();
    engine.refresh(|_| ()).await.unwrap();
    let sum = || super::mistakes::run(&engine, "SELECT sum(n) FROM t");
    assert_eq!(sum().await.unwrap(), 1);
    happen(&file, &bytes);
    let error = sum().await.unwrap_err();
    let shown = error.message().to_owned();
    assert!(!shown.contains(folder.path().to_str().unwrap()), "{shown}");
    (error.kind(), shown)
}

#[tokio::test]
async fn a_parquet_file_that_is_gone_or_another_one_is_named() {
    use std::fs;
    let (gone, changed) = (
        "file 't.parquet' is gone; refresh and ask again",
        "file 't.parquet' changed since it was listed; refresh and ask again",
    );
    let unavailable = |message: &str| (ErrorKind::Unavailable, message.to_owned());
    let said = said_of_parquet(|file, _| fs::remove_file(file).unwrap()).await;
    assert_eq!(said, unavailable(gone));
    let a_folder = |file: &std::path::Path, _: &[u8]| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    assert_eq!(said_of_parquet(a_folder).await, unavailable(gone));
    let cut = said_of_parquet(|file, bytes| fs::write(file, &bytes[..bytes.len() - 1]).unwrap()).await;
    assert_eq!(cut, unavailable(changed));
    let another = |file: &std::path::Path, bytes: &[u8]| {
        fs::remove_file(file).unwrap();
        fs::write(file, bytes).unwrap();
    };
    assert_eq!(said_of_parquet(another).await, unavailable(changed));
    let around = said_of_parquet(|file, _| {
        fs::remove_file(file).unwrap();
        std::os::unix::fs::symlink(file, file).unwrap();
    });
    assert_eq!(around.await, unavailable("file 't.parquet' cannot be read"));
}

#[test]
fn each_failure_of_a_store_has_its_kind() {
    use datafusion::object_store::Error as StoreError;
    let (path, source) = (|| "/srv/secret/t".to_owned(), || "of /srv/secret".into());
    let system = |number: i32| StoreError::Generic {
        store: "LocalFileSystem",
        source: Box::new(std::io::Error::from_raw_os_error(number)),
    };
    let errors = [
        (
            StoreError::NotFound {
                path: path(),
                source: source(),
            },
            ErrorKind::Unavailable,
            "is gone",
        ),
        (
            StoreError::Precondition {
                path: path(),
                source: source(),
            },
            ErrorKind::Unavailable,
            "changed",
        ),
        (
            StoreError::PermissionDenied {
                path: path(),
                source: source(),
            },
            ErrorKind::Denied,
            "may not be read",
        ),
        (
            StoreError::Unauthenticated {
                path: path(),
                source: source(),
            },
            ErrorKind::Denied,
            "credentials",
        ),
        (
            StoreError::NotSupported { source: source() },
            ErrorKind::Unsupported,
            "store",
        ),
        (
            StoreError::AlreadyExists {
                path: path(),
                source: source(),
            },
            ErrorKind::Exists,
            "exists",
        ),
        (system(5), ErrorKind::Unavailable, "disk reports an error"),
        (system(21), ErrorKind::Unavailable, "is a folder"),
        (system(24), ErrorKind::Exhausted, "too many files open"),
        (system(110), ErrorKind::Unavailable, "does not answer"),
        (
            StoreError::Generic {
                store: "x",
                source: source(),
            },
            ErrorKind::Unavailable,
            "a file cannot be read",
        ),
    ];
    for (error, kind, named) in errors {
        let shown = error.to_string();
        // As the Parquet reader passes it on, and as it is.
        let error = match named {
            "changed" => DataFusionError::from(ParquetError::External(Box::new(error))),
            _ => DataFusionError::from(error),
        };
        let error = failed(error);
        assert_eq!(error.kind(), kind, "{shown}");
        let is_told = error.message().contains(named) && !error.message().contains("secret");
        assert!(is_told, "{shown}: {error}");
    }
    let damaged = failed(DataFusionError::from(ParquetError::General("bad page".into())));
    assert_eq!(damaged.kind(), ErrorKind::BadData);
}

#[test]
fn a_result_without_room_is_no_defect() {
    for said in [
        "byte array offset overflow",
        "capacity overflow",
        "task 7 panicked with message \"capacity overflow\"",
    ] {
        assert_eq!(panicked(said).kind(), ErrorKind::Invalid, "{said}");
    }
    assert_eq!(panicked("index out of bounds").kind(), ErrorKind::Internal);
}
