//! What each part of the work costs for itself: a cut, an inference, a survey, and the decoding of one column of each type,
//! on the fast way and on the careful one.
//!
//!     cargo bench --workspace --bench parts [-- FILTER]
//!
//! Criterion prints the time with its spread, the bytes a second, and what changed since the last run.
#![expect(clippy::unwrap_used, reason = "a bench stops when something is wrong")]

use std::fmt::Write;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flightstream_csv::{Chunk, ColumnType, CsvProfile, Decoder, Overrides, RecordCutter, Sample, Survey, infer};

/// That of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: u64 = 20_000;

/// How a value is written in row `n`, and the type that a column of such values has.
type Kind = (&'static str, ColumnType, fn(u64) -> String);

const KINDS: [Kind; 8] = [
    ("boolean", ColumnType::Boolean, |n| (n % 3 == 0).to_string()),
    ("int64", ColumnType::Int64, |n| (n * 7919).to_string()),
    ("float64", ColumnType::Float64, |n| format!("{}.{:02}", n * 31, n % 100)),
    ("date", ColumnType::Date32, |n| {
        format!("20{:02}-{:02}-{:02}", n % 100, n % 12 + 1, n % 28 + 1)
    }),
    ("timestamp", ColumnType::Timestamp, |n| {
        format!(
            "2024-{:02}-{:02} {:02}:{:02}:{:02}",
            n % 12 + 1,
            n % 28 + 1,
            n % 24,
            n % 60,
            n % 59
        )
    }),
    ("short text", ColumnType::Utf8, |n| format!("item {}", n % 1000)),
    ("long text", ColumnType::Utf8, |n| {
        format!("a sentence of some length, number {n}, and no more").replace(',', "")
    }),
    ("quoted text", ColumnType::Utf8, |n| {
        format!("\"so \"\"called\"\", number {n}\"")
    }),
];

/// A file of one column.
fn column(value: fn(u64) -> String) -> String {
    (0..ROWS).fold("head\n".to_owned(), |mut text, row| {
        writeln!(text, "{}", value(row)).unwrap();
        text
    })
}

/// A file with a column of each kind.
fn table() -> String {
    let names = KINDS.map(|(name, ..)| name).join(",");
    (0..ROWS).fold(names + "\n", |mut text, row| {
        let cells = KINDS.map(|(.., value)| value(row)).join(",");
        writeln!(text, "{cells}").unwrap();
        text
    })
}

fn profile(text: &str) -> CsvProfile {
    let sample = Sample {
        head: text.as_bytes(),
        blocks: vec![],
        complete: true,
    };
    infer(&sample, &Overrides::default())
}

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, kind, value) in KINDS {
        let text = column(value);
        let profile = profile(&text);
        assert_eq!(profile.columns[0].kind, kind, "{name}");
        group.throughput(Throughput::Bytes(text.len() as u64));
        let ways = [
            ("fast", Decoder::new(&profile, None, 8192)),
            ("careful", Decoder::new(&profile, None, 8192).with_window_bytes(0)),
        ];
        for (way, decoder) in ways {
            let chunk = Chunk::whole(text.as_bytes());
            group.bench_function(BenchmarkId::new(way, name), |bencher| {
                bencher.iter(|| decoder.decode(&chunk).unwrap())
            });
        }
    }
    group.finish();
}

fn understanding(criterion: &mut Criterion) {
    let text = table();
    let profile = profile(&text);
    let mut group = criterion.benchmark_group("understand");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("cut", |bencher| {
        bencher.iter(|| RecordCutter::new(&profile.dialect).scan(text.as_bytes(), true));
    });
    group.bench_function("survey", |bencher| {
        bencher.iter(|| {
            let mut survey = Survey::new(&profile);
            survey.observe(&Chunk::whole(text.as_bytes()));
            survey.finish()
        });
    });
    let sample = &text[..text.len().min(512 << 10)];
    group.throughput(Throughput::Bytes(sample.len() as u64));
    group.bench_function("infer", |bencher| bencher.iter(|| self::profile(sample)));
    group.finish();
}

criterion_group!(benches, decoding, understanding);
criterion_main!(benches);
