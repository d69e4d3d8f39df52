//! Tables that clients write, on a real disk.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::TryStreamExt;

use super::*;
use crate::error::ErrorKind;

pub(super) fn name(table: &str) -> DatasetName {
    DatasetName::in_schema("public", table)
}

fn numbers(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let column: ArrayRef = Arc::new(values.into_iter().collect::<Int64Array>());
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

async fn written(tables: &WritableTables, table: &DatasetName, batches: &[RecordBatch]) -> PendingRows {
    let mut writer = tables.writer(table, &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).await.unwrap();
    }
    writer.finish().await.unwrap()
}

pub(super) async fn put(
    tables: &WritableTables,
    table: &str,
    mode: Mode,
    batch: RecordBatch,
) -> Result<Arc<WrittenTable>> {
    let data = written(tables, &name(table), &[batch]).await;
    Ok(tables.commit(Change::Write { data, mode }).await?.unwrap())
}

async fn drop_table(tables: &WritableTables, table: &str) -> Result<()> {
    let (name, kind) = (name(table), RelationKind::Table);
    tables.commit(Change::Drop { name, kind }).await.map(|_| ())
}

fn state(tables: &WritableTables) -> SessionState {
    crate::format::tests::state(&[tables.root().clone()])
}

async fn scan(state: &SessionState, table: &WrittenTable) -> SendableRecordBatchStream {
    crate::format::tests::scan(state, table.as_rows().unwrap().table.provider()).await
}

pub(super) async fn batches(tables: &WritableTables, table: &str) -> Vec<RecordBatch> {
    let table = tables.get(&name(table)).unwrap();
    scan(&state(tables), &table).await.try_collect().await.unwrap()
}

pub(super) async fn values(tables: &WritableTables, table: &str) -> Vec<i64> {
    let batches = batches(tables, table).await;
    let columns = batches
        .iter()
        .map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap());
    columns.flat_map(|column| column.values().to_vec()).collect()
}

/// Every file below a folder but the lock, by its path below it.
fn files(folder: &Path) -> HashMap<PathBuf, Vec<u8>> {
    let (mut found, mut waiting) = (HashMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false if path.ends_with(".lock") => {}
                false => drop(found.insert(path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap())),
            }
        }
    }
    found
}

fn restore(folder: &Path, files: &HashMap<PathBuf, Vec<u8>>) {
    fs::remove_dir_all(folder).unwrap();
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[tokio::test]
async fn tables_and_views_outlive_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    put(&tables, "t", Mode::Create, numbers([1, 2])).await.unwrap();
    put(&tables, "t", Mode::Append, numbers([3])).await.unwrap();
    put(&tables, "r", Mode::Create, numbers([1])).await.unwrap();
    put(&tables, "r", Mode::Replace, numbers([9])).await.unwrap();
    put(&tables, "gone", Mode::CreateOrAppend, numbers([1])).await.unwrap();
    drop_table(&tables, "gone").await.unwrap();
    let view = |sql: &str, replace| Change::View {
        name: name("v"),
        sql: sql.into(),
        replace,
    };
    tables.commit(view("SELECT 1", false)).await.unwrap();
    assert_eq!(
        tables.commit(view("SELECT 3", false)).await.unwrap_err().kind(),
        ErrorKind::Exists
    );
    tables.commit(view("SELECT 2", true)).await.unwrap();
    let generation = tables.get(&name("t")).unwrap().generation.clone();
    drop(tables);

    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let names: Vec<_> = tables.tables().iter().map(|table| table.name.id.clone()).collect();
    assert_eq!(
        (names, tables.warnings()),
        (vec!["r".into(), "t".into(), "v".into()], &[][..])
    );
    assert_eq!(values(&tables, "t").await, [1, 2, 3]);
    assert_eq!(values(&tables, "r").await, [9]);
    let table = tables.get(&name("t")).unwrap();
    assert_eq!(
        (table.as_rows().unwrap().table.rows(), &table.generation),
        (Some(3), &generation)
    );
    assert!(matches!(&tables.get(&name("v")).unwrap().content, WrittenContent::View(sql) if sql == "SELECT 2"));
    // Two files of `t`, one of `r`, three manifests.
    assert_eq!(files(dir.path()).len(), 6);
}

#[tokio::test]
async fn a_change_that_does_not_fit_is_refused_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
    let sql = "SELECT 1".to_owned();
    tables
        .commit(Change::View {
            name: name("v"),
            sql,
            replace: false,
        })
        .await
        .unwrap();
    let before = files(dir.path());
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let other = RecordBatch::try_from_iter([("n", text)]).unwrap();
    let cases = [
        ("t", Mode::Create, numbers([1]), ErrorKind::Exists, "'t' exists already"),
        (
            "none",
            Mode::Append,
            numbers([1]),
            ErrorKind::NotFound,
            "there is no table 'none'",
        ),
        (
            "v",
            Mode::Replace,
            numbers([1]),
            ErrorKind::Invalid,
            "'v' is a view, not a table",
        ),
        (
            "t",
            Mode::CreateOrAppend,
            other,
            ErrorKind::Invalid,
            "column 1 of the data is 'n' of type Utf8, and the table's is 'n' of type Int64",
        ),
    ];
    for (table, mode, batch, kind, message) in cases {
        let error = put(&tables, table, mode, batch).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, message));
    }
    let error = tables
        .commit(Change::Drop {
            name: name("t"),
            kind: RelationKind::View,
        })
        .await
        .unwrap_err();
    assert_eq!(error.message(), "'t' is a table, not a view");
    assert_eq!(
        drop_table(&tables, "none").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(files(dir.path()), before);
    // `a/b` in `public` and `b` in `a` are one dataset to plain Flight.
    put(&tables, "a/b", Mode::Create, numbers([1])).await.unwrap();
    let data = written(&tables, &DatasetName::in_schema("a", "b"), &[numbers([1])]).await;
    let error = tables
        .commit(Change::Write {
            data,
            mode: Mode::Create,
        })
        .await
        .unwrap_err();
    assert_eq!(error.message(), "'a/b' exists already");
    for (schema, table) in [("public", ""), ("", "t"), ("Information_Schema", "t")] {
        let name = DatasetName::in_schema(schema, table);
        assert!(tables.writer(&name, &numbers([]).schema()).is_err(), "{schema}.{table}");
    }
}

#[tokio::test]
async fn rows_that_are_not_committed_leave_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let mut writer = tables.writer(&name("t"), &numbers([]).schema()).unwrap();
    writer.write(&numbers(0..10)).await.unwrap();
    assert_eq!(files(dir.path()).len(), 1);
    drop(writer);
    drop(written(&tables, &name("t"), &[numbers([1])]).await);
    assert!(
        fs::read_dir(dir.path())
            .unwrap()
            .all(|entry| entry.unwrap().file_name() == ".lock")
    );
}

#[tokio::test]
async fn a_table_without_rows_has_columns() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let table = put(&tables, "t", Mode::Create, numbers([])).await.unwrap();
    let generation = table.generation.clone();
    let same = put(&tables, "t", Mode::Append, numbers([])).await.unwrap();
    assert_eq!(same.generation, generation);
    drop(tables);
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let table = tables.get(&name("t")).unwrap();
    let open = &table.as_rows().unwrap().table;
    assert_eq!((open.rows(), open.schema().field(0).name().as_str()), (Some(0), "n"));
    assert!(values(&tables, "t").await.is_empty());
    put(&tables, "t", Mode::Append, numbers([7])).await.unwrap();
    assert_eq!(values(&tables, "t").await, [7]);
}

#[tokio::test]
async fn names_of_every_kind_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let long = "ü".repeat(3000);
    let names = [
        ("public", ".."),
        ("public", "a/../../b"),
        ("..", "."),
        ("public", " "),
        ("public", "\u{200b}"),
        ("public", "%2e"),
        ("public", "T"),
        ("public", "t"),
        ("public", "nul\0 \"'\n\\"),
        ("schéma 東", "表.x"),
        ("public", long.as_str()),
        (long.as_str(), long.as_str()),
        ("public", ".lock"),
        (".temporary", "t"),
    ];
    for (schema, table) in names {
        let name = DatasetName::in_schema(schema, table);
        let data = written(&tables, &name, &[numbers([1])]).await;
        tables
            .commit(Change::Write {
                data,
                mode: Mode::Create,
            })
            .await
            .unwrap();
    }
    drop(tables);
    let outside = fs::read_dir(dir.path().parent().unwrap()).unwrap();
    assert!(outside.flatten().all(|entry| entry.file_name() != "b"));
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    assert_eq!((tables.tables().len(), tables.warnings()), (names.len(), &[][..]));
    for (schema, table) in names {
        let table = tables.get(&DatasetName::in_schema(schema, table)).unwrap();
        let rows: Vec<_> = scan(&state(&tables), &table).await.try_collect().await.unwrap();
        assert_eq!(
            rows,
            [numbers([1])
                .with_schema(table.as_rows().unwrap().table.schema())
                .unwrap()]
        );
    }
}

/// Every state of the folder in the middle of a commit, made by hand: files of the old manifest and files of the new one
/// with either manifest, half a new file, half a manifest under its temporary name.
#[tokio::test]
async fn a_killed_commit_leaves_before_or_after() {
    for (mode, after) in [(Mode::Append, vec![1, 2]), (Mode::Replace, vec![2])] {
        let dir = tempfile::tempdir().unwrap();
        let tables = WritableTables::open(&dir.path().into()).unwrap();
        put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
        let old = files(dir.path());
        let held = tables.get(&name("t"));
        put(&tables, "t", mode, numbers([2])).await.unwrap();
        let new = files(dir.path());
        drop((held, tables));

        let manifest = PathBuf::from("public.t/manifest.json");
        let added: Vec<_> = new.keys().filter(|path| !old.contains_key(*path)).cloned().collect();
        let half = |bytes: &Vec<u8>| bytes[..bytes.len() / 2].to_vec();
        let temporary = manifest.with_file_name(folder::temporary_manifest());
        let mut steps = vec![(old.clone(), vec![1])];
        let mut step = old.clone();
        step.insert(added[0].clone(), half(&new[&added[0]]));
        steps.push((step.clone(), vec![1]));
        step.insert(added[0].clone(), new[&added[0]].clone());
        steps.push((step.clone(), vec![1]));
        step.insert(temporary.clone(), half(&new[&manifest]));
        steps.push((step.clone(), vec![1]));
        step.insert(temporary.clone(), new[&manifest].clone());
        steps.push((step.clone(), vec![1]));
        step.remove(&temporary);
        step.insert(manifest.clone(), new[&manifest].clone());
        steps.push((step, after.clone()));
        for (number, (folder, expected)) in steps.into_iter().enumerate() {
            restore(dir.path(), &folder);
            let tables = WritableTables::open(&dir.path().into()).unwrap();
            assert_eq!(values(&tables, "t").await, expected, "{mode:?}, step {number}");
            let rows = tables.get(&name("t")).unwrap();
            assert_eq!(
                files(dir.path()).len(),
                1 + rows.files().len(),
                "{mode:?}, step {number}: not swept"
            );
        }
    }
}

#[tokio::test]
async fn a_killed_create_or_drop_leaves_nothing_or_all() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
    let mut step = files(dir.path());
    drop(tables);
    step.insert(".temporary/abc/x.parquet".into(), b"left".to_vec());
    // Without its manifest it is no table: the last step of a create and the first of a drop.
    step.remove(Path::new("public.t/manifest.json"));
    restore(dir.path(), &step);
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    assert!(tables.tables().is_empty() && tables.warnings().is_empty());
    assert!(files(dir.path()).is_empty() && !dir.path().join("public.t").exists());
    put(&tables, "t", Mode::Create, numbers([2])).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    for table in ["cut", "lost", "good"] {
        put(&tables, table, Mode::Create, numbers([1])).await.unwrap();
    }
    let lost = dir.path().join(tables.get(&name("lost")).unwrap().files()[0].object());
    drop(tables);
    fs::write(dir.path().join("public.cut/manifest.json"), "{").unwrap();
    fs::remove_file(lost).unwrap();
    fs::create_dir(dir.path().join("mine")).unwrap();
    fs::write(dir.path().join("mine/notes.txt"), "not ours").unwrap();
    let before = files(dir.path());

    let tables = WritableTables::open(&dir.path().into()).unwrap();
    assert_eq!(tables.tables().len(), 1);
    assert!(
        tables.warnings()[0].starts_with("the written table in 'public.cut' is skipped: its manifest cannot be read")
    );
    assert!(tables.warnings()[1].contains("'public.lost' is skipped: its file '") && tables.warnings().len() == 2);
    assert_eq!(files(dir.path()), before);
    let error = put(&tables, "cut", Mode::CreateOrAppend, numbers([1]))
        .await
        .unwrap_err();
    assert_eq!(error.message(), "'cut' exists already, and the server cannot read it");
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn readers_keep_the_files_that_they_read() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let table = put(&tables, "t", Mode::Create, numbers(0..100_000)).await.unwrap();
    let before = files(dir.path()).len();
    let state = state(&tables);
    let stream = scan(&state, &table).await;
    drop(table);
    put(&tables, "t", Mode::Replace, numbers([1])).await.unwrap();
    assert_eq!(files(dir.path()).len(), before + 1);
    drop_table(&tables, "t").await.unwrap();
    assert!(tables.get(&name("t")).is_none());
    let rows: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 100_000);
    assert!(files(dir.path()).is_empty() && !dir.path().join("public.t").exists());
}

#[tokio::test]
async fn one_process_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    let error = WritableTables::open(&dir.path().into()).unwrap_err();
    assert!(error.message().starts_with("another server writes to"), "{error}");
    drop(tables);
    WritableTables::open(&dir.path().into()).unwrap();
}

#[tokio::test]
async fn many_small_appends_become_few_files_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    for number in 0..100 {
        put(&tables, "t", Mode::CreateOrAppend, numbers([number, -number]))
            .await
            .unwrap();
        assert!(tables.get(&name("t")).unwrap().files().len() <= 32);
    }
    let expected: Vec<_> = (0..100).flat_map(|number| [number, -number]).collect();
    assert_eq!(values(&tables, "t").await, expected);
    assert!(files(dir.path()).len() <= 33);
    drop(tables);
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    assert_eq!(values(&tables, "t").await, expected);
}

#[tokio::test]
async fn an_append_that_races_applies_or_fails() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
    let late = written(&tables, &name("t"), &[numbers([2])]).await;
    let later = written(&tables, &name("t"), &[numbers([3])]).await;
    put(&tables, "t", Mode::Replace, numbers([9])).await.unwrap();
    tables
        .commit(Change::Write {
            data: late,
            mode: Mode::Append,
        })
        .await
        .unwrap();
    assert_eq!(values(&tables, "t").await, [9, 2]);
    drop_table(&tables, "t").await.unwrap();
    let error = tables
        .commit(Change::Write {
            data: later,
            mode: Mode::Append,
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(files(dir.path()).is_empty());
    let appends = (0..20).map(|number| put(&tables, "t", Mode::CreateOrAppend, numbers([number])));
    futures::future::try_join_all(appends).await.unwrap();
    let mut all = values(&tables, "t").await;
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn temporary_tables_go_with_their_owner() {
    let dir = tempfile::tempdir().unwrap();
    let tables = WritableTables::open(&dir.path().into()).unwrap();
    put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
    let before = files(dir.path());
    let mine = tables.temporary();
    put(&mine, "t", Mode::Create, numbers([7])).await.unwrap();
    let table = put(&mine, "t", Mode::Append, numbers([8])).await.unwrap();
    put(&mine, "gone", Mode::Create, numbers([1])).await.unwrap();
    drop_table(&mine, "gone").await.unwrap();
    assert_eq!(
        (values(&mine, "t").await, values(&tables, "t").await),
        (vec![7, 8], vec![1])
    );
    assert!(tables.temporary().get(&name("t")).is_none());
    let stream = scan(&state(&tables), &table).await;
    drop((table, mine));
    assert_eq!(files(dir.path()).len(), before.len() + 2);
    assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().len(), 2);
    assert_eq!(files(dir.path()), before);
    assert_eq!(fs::read_dir(dir.path().join(".temporary")).unwrap().count(), 0);
}
