//! The cases of `csv-spectrum`: files with odd quotes and line ends, and what each of their cells says.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use flightstream_csv::{Chunk, Column, ColumnType, Decoder, HeaderMode, Overrides, Sample, infer};
use serde_json::Value;

use crate::folder;

const PACKAGE: &str = "csv-spectrum@2.0.0";
const ARCHIVE: &str = "csv-spectrum-2.0.0.tgz";
/// How many cases there are.
const CASES: usize = 12;

/// The folder of the cases, brought by npm once; the error says why it is not there.
fn package() -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("csv-spectrum");
    let package = place.join("package");
    if package.join("package.json").is_file() {
        return Ok(package);
    }
    std::fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    run(Command::new("npm")
        .args(["pack", "--silent", PACKAGE])
        .current_dir(&place))?;
    run(Command::new("tar").args(["xzf", ARCHIVE]).current_dir(&place))?;
    Ok(package)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The rows of a file: the name and the text of every cell.
fn rows(text: &[u8]) -> Vec<Vec<(String, String)>> {
    let sample = Sample {
        head: text,
        blocks: vec![],
        complete: true,
    };
    let overrides = Overrides {
        header: HeaderMode::Present,
        ..Overrides::default()
    };
    let mut profile = infer(&sample, &overrides);
    let as_text = |column: &Column| Column::new(column.name.clone(), ColumnType::Utf8);
    profile.columns = profile.columns.iter().map(as_text).collect();
    let decoded = Decoder::new(&profile, None, 1000)
        .decode(&Chunk::whole(text))
        .expect("all is text");
    assert_eq!(decoded.ledger.rejected, 0);
    let batches = decoded.batches.iter();
    let rows = batches.flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    let cells = rows.map(|(batch, row)| {
        let columns = profile.columns.iter().zip(batch.columns());
        let cell = |column: &dyn Array| match column.is_null(row) {
            true => String::new(),
            false => column.as_string::<i32>().value(row).to_owned(),
        };
        columns
            .map(|(column, array)| (column.name.clone(), cell(array)))
            .collect()
    });
    cells.collect()
}

/// The same of an answer: a list of rows, or the only one.
fn answers(json: &[u8]) -> Vec<Vec<(String, String)>> {
    let json: Value = serde_json::from_slice(json).expect("the answer is JSON");
    let cell = |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap_or_default().to_owned());
    let row = |row: &Value| row.as_object().expect("a row is an object").iter().map(cell).collect();
    json.as_array()
        .map_or_else(|| vec![row(&json)], |rows| rows.iter().map(row).collect())
}

/// The only cell of which an answer says something else than its file: case, column, text in the file.
const ERRATUM: (&str, &str, &str) = ("location_coordinates.csv", "Contact Phone Number", "2095257564");

#[test]
fn csv_spectrum() {
    let package = match package() {
        Ok(package) => package,
        Err(why) => return folder::skip("csv_spectrum", &why),
    };
    let cases = folder::files(&package.join("csvs"));
    assert_eq!(cases.len(), CASES);
    for case in cases {
        let text = folder::read(&package.join("csvs").join(&case));
        let answer = folder::read(&package.join("json").join(case.with_extension("json")));
        let (mut ours, mut theirs) = (rows(&text), answers(&answer));
        if case.as_os_str() == ERRATUM.0 {
            let cells = theirs.iter_mut().flatten().filter(|(name, _)| name == ERRATUM.1);
            cells.for_each(|(_, text)| ERRATUM.2.clone_into(text));
        }
        ours.iter_mut().chain(&mut theirs).for_each(|row| row.sort());
        assert_eq!(ours, theirs, "{}", case.display());
    }
}
