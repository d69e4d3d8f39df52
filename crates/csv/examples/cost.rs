//! Prints how long it takes to infer how files of some kinds are read.
//!
//!     cargo run --release -p flightstream-csv --example cost

use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use flightstream_csv::{Overrides, Sample, infer};

/// How much of a large file is looked at.
const HEAD: usize = 512 << 10;
const SMALL_FILES: usize = 1_000;

/// Writes the line of a number.
type Line = fn(usize) -> String;

/// As many lines as a head needs.
fn lines(line: Line) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= HEAD {
            break;
        }
        text.push_str(&line(number));
        text.push('\n');
    }
    text.truncate(text.floor_char_boundary(HEAD));
    text
}

fn orders(n: usize) -> String {
    let (key, price, day) = (n / 4, n * 7919 % 99_000, n % 28 + 1);
    format!(
        "{key}|{}|{}|{}|{}|{price}.{:02}|0.0{}|0.0{}|N|O|1996-03-{day:02}|1996-02-{day:02}|1996-03-{day:02}|\
         DELIVER IN PERSON|TRUCK|egular courts above the {n}",
        n % 200_000,
        n % 7_000,
        n % 4 + 1,
        n % 50,
        n % 100,
        n % 10,
        n % 8
    )
}

fn wide(n: usize) -> String {
    let mut line = String::new();
    for column in 0..500 {
        let mark = if column == 0 { "" } else { "," };
        let _ = match column % 4 {
            0 => write!(line, "{mark}{}", n * column),
            1 => write!(line, "{mark}{}.{}", n, column),
            2 => write!(line, "{mark}name {column}"),
            _ => write!(line, "{mark}2024-01-{:02}", n % 28 + 1),
        };
    }
    line
}

fn quoted(n: usize) -> String {
    format!(
        "\"{n}\";\"it's a \\\"text\\\", #{n}, with 'quotes' and |pipes|\";\"{},5\";\"o'clock: {n}\"",
        n * 3
    )
}

fn prose(n: usize) -> String {
    format!(
        "Chapter {n}: it was a dark, stormy night; it's said that \"nobody\" slept - {} of them.",
        n * 31
    )
}

fn took(head: &str, complete: bool) -> Duration {
    let sample = Sample {
        head: head.as_bytes(),
        blocks: Vec::new(),
        complete,
    };
    let started = Instant::now();
    let profile = infer(&sample, &Overrides::default());
    assert!(!profile.columns.is_empty());
    started.elapsed()
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let kinds: [(&str, Line); 4] = [("orders", orders), ("wide", wide), ("quoted", quoted), ("prose", prose)];
    for (name, line) in kinds {
        let text = lines(line);
        let best = (0..5).map(|_| took(&text, false)).min().unwrap_or_default();
        writeln!(out, "{name}: {best:.1?} for {HEAD} bytes")?;
    }
    let text = format!("id,name,day\n{}", "1,x,2024-01-01\n2,\"y, z\",2024-01-02\n".repeat(20));
    let all: Duration = (0..SMALL_FILES).map(|_| took(&text, true)).sum();
    writeln!(out, "{SMALL_FILES} files of {} bytes: {all:.1?}", text.len())
}
