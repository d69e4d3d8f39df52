//! Bytes to batches on one thread, beside arrow-csv, which is told the schema: the CPU time of both, measured by turns on
//! generated files of four shapes, or on the files that are named. Then what a second thread adds, and what is not asked
//! for: two columns alone, and the rows' number. Then what understanding costs, which arrow-csv leaves to others: the
//! inference from a sample, and the survey of all cells.
//!
//!     cargo bench --workspace --bench decode -- [--quick] [--json] [NAME | FILE.csv]...
//!     cargo bench --workspace --bench decode -- --write=FOLDER    (writes the files instead, for other readers)
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops when something is wrong"
)]

mod files;
#[path = "files/measure.rs"]
mod measure;

use std::iter;
use std::sync::Mutex;

use arrow_array::RecordBatch;
use arrow_csv::ReaderBuilder;
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use flightstream_csv::{Chunk, CsvProfile, Decoder, Overrides, RecordCutter, Sample, Survey, count_lines, infer};

use files::File;
use measure::{Times, by_turns};

/// That of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH_SIZE: usize = 8192;

/// How much of a stream is cut at once, as the server does it.
const CHUNK_BYTES: usize = 512 << 10;

const SMALL_FILES: usize = 1000;

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (part, runs) = if has("--quick") { (0.1, 3) } else { (1.0, 9) };
    if let Some(folder) = std::env::args().find_map(|argument| argument.strip_prefix("--write=").map(str::to_owned)) {
        let path = |file: &File| std::path::Path::new(&folder).join(format!("{}.csv", file.name));
        return files::all(part)
            .iter()
            .for_each(|file| std::fs::write(path(file), &file.text).unwrap());
    }
    let mut figures: Vec<_> = files::all(part)
        .iter()
        .map(|file| compare(file, runs, has("--json")))
        .collect();
    let small: Vec<Vec<u8>> = (0..SMALL_FILES).map(files::small).collect();
    let mut times = Times::default();
    for _ in 0..runs {
        times.time(|| {
            small
                .iter()
                .for_each(|text| drop(infer(&sample(text), &Overrides::default())))
        });
    }
    if has("--json") {
        figures.push(serde_json::json!({"small_files": SMALL_FILES, "infer": times.figures()}));
        println!("{}", serde_json::Value::from(figures));
    } else {
        println!("{SMALL_FILES} small files\n    inferred   {times}");
    }
}

/// Measures one file, and checks that both make the same rows of it.
fn compare(file: &File, runs: usize, json: bool) -> serde_json::Value {
    let (mut inferred, mut surveyed) = (Times::default(), Times::default());
    let profile = (0..runs).map(|_| inferred.time(|| infer(&sample(&file.text), &Overrides::default())));
    let sampled = profile.last().unwrap();
    let profile = (0..runs).map(|_| surveyed.time(|| survey(&sampled, &file.text)));
    let profile = profile.last().unwrap();
    let rows = agreed(&profile, &file.text);
    let (ours, theirs) = by_turns(
        runs,
        || decode(&profile, None, &file.text, drop),
        || arrow_csv(profile.schema(), &file.text, drop),
    );
    let ratio = ours.cpu_ms() / theirs.cpu_ms();
    let (one, both) = by_turns(
        runs,
        || decode_in_threads(&profile, 1, &file.text),
        || decode_in_threads(&profile, 2, &file.text),
    );
    let gain = one.wall_ms() / both.wall_ms();
    let (mut two, mut none) = (Times::default(), Times::default());
    for _ in 0..runs {
        two.time(|| decode(&profile, Some(&[0, 1]), &file.text, drop));
        none.time(|| decode(&profile, Some(&[]), &file.text, drop));
    }
    if !json {
        let (name, size) = (&file.name, file.text.len() as f64 / 1e6);
        println!(
            "{name}, {size:.1} MB, {rows} equal rows of {} columns",
            profile.columns.len()
        );
        println!("    inferred   {inferred}\n    surveyed   {surveyed}");
        println!("    decoded    {ours}\n    arrow-csv  {theirs}\n    ratio      {ratio:.2}");
        println!("    2 threads  {both}, {gain:.2} times as fast as one");
        println!("    2 columns  {two}\n    counted    {none}\n");
    }
    serde_json::json!({
        "file": file.name, "bytes": file.text.len(), "rows": rows, "infer": inferred.figures(),
        "survey": surveyed.figures(), "decode": ours.figures(), "arrow_csv": theirs.figures(), "ratio": ratio,
        "two_threads": both.figures(), "gain": gain, "two_columns": two.figures(), "count": none.figures(),
    })
}

/// The sample that the server takes: the head, a block from the middle and one from the end.
fn sample(text: &[u8]) -> Sample<'_> {
    const HEAD: usize = 512 << 10;
    const BLOCK: usize = 128 << 10;
    if text.len() <= HEAD + 2 * BLOCK {
        return Sample {
            head: text,
            blocks: vec![],
            complete: true,
        };
    }
    let middle = (HEAD + text.len()) / 2;
    let blocks = vec![
        &text[middle - BLOCK / 2..middle + BLOCK / 2],
        &text[text.len() - BLOCK..],
    ];
    Sample {
        head: &text[..HEAD],
        blocks,
        complete: false,
    }
}

fn survey(profile: &CsvProfile, text: &[u8]) -> CsvProfile {
    let mut survey = Survey::new(profile);
    Chunks::new(profile, text).for_each(|chunk| survey.observe(&chunk));
    survey.finish().profile
}

fn decode(profile: &CsvProfile, columns: Option<&[usize]>, text: &[u8], mut take: impl FnMut(RecordBatch)) {
    let decoder = Decoder::new(profile, columns, BATCH_SIZE);
    Chunks::new(profile, text)
        .for_each(|chunk| decoder.decode(&chunk).unwrap().batches.into_iter().for_each(&mut take));
}

/// The same on so many threads: whoever is free cuts the next chunk and decodes it.
fn decode_in_threads(profile: &CsvProfile, threads: usize, text: &[u8]) {
    let decoder = Decoder::new(profile, None, BATCH_SIZE);
    let chunks = Mutex::new(Chunks::new(profile, text));
    let next = || chunks.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| iter::from_fn(next).for_each(|chunk| drop(decoder.decode(&chunk).unwrap())));
        }
    });
}

/// A text as it is cut when it comes from a disk.
struct Chunks<'a> {
    text: &'a [u8],
    cutter: RecordCutter,
    from: usize,
    at: usize,
    first_line: u64,
}

impl<'a> Chunks<'a> {
    fn new(profile: &CsvProfile, text: &'a [u8]) -> Self {
        Chunks {
            text,
            cutter: RecordCutter::new(&profile.dialect),
            from: 0,
            at: 0,
            first_line: 1,
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (text, from) = (self.text, self.from);
        if from == text.len() {
            return None;
        }
        let mut end = 0;
        while end == 0 {
            self.at = text.len().min(self.at + CHUNK_BYTES);
            end = self.cutter.scan(&text[from..self.at], self.at == text.len());
        }
        self.cutter.cut(end);
        let chunk = Chunk {
            first_line: self.first_line,
            offset: from as u64,
            starts_file: from == 0,
            ..Chunk::whole(&text[from..from + end])
        };
        self.first_line += count_lines(chunk.text);
        self.from += end;
        Some(chunk)
    }
}

fn arrow_csv(schema: SchemaRef, text: &[u8], take: impl FnMut(RecordBatch)) {
    let reader = ReaderBuilder::new(schema).with_header(true).with_batch_size(BATCH_SIZE);
    reader.build_buffered(text).unwrap().map(Result::unwrap).for_each(take);
}

/// How many rows both make of `text`.
fn agreed(profile: &CsvProfile, text: &[u8]) -> usize {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    decode(profile, None, text, |batch| ours.push(batch));
    arrow_csv(profile.schema(), text, |batch| theirs.push(batch));
    let rows = |batches: &[RecordBatch]| concat_batches(&profile.schema(), batches).unwrap();
    let ours = rows(&ours);
    assert_eq!(ours, rows(&theirs), "the rows of both");
    ours.num_rows()
}
