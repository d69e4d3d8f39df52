//! The files of the benches: the same bytes every time, of four shapes that cost a reader different work; or those that the
//! command line names.

use std::io::Write as _;

/// Writes behind a text.
macro_rules! put {
    ($text:expr, $($format:tt)+) => {
        write!($text, $($format)+).expect("a vector takes all bytes")
    };
}

/// A file to read.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// Makes a file of so many rows.
type Make = fn(&mut Random, usize) -> Vec<u8>;

/// All of them, or those that the command line names, by their names or as paths; `part` of their full size, which is about
/// 100, 40, 120 and 60 MB.
pub(crate) fn all(part: f64) -> Vec<File> {
    let make: [(&str, f64, Make); 4] = [
        ("lineitem", 805_000.0, lineitem),
        ("short", 850_000.0, short),
        ("wide", 154_000.0, wide),
        ("prose", 180_000.0, prose),
    ];
    let generated = |(name, rows, make): &(&str, f64, Make)| File {
        name: (*name).to_owned(),
        text: make(&mut Random(1), (rows * part) as usize),
    };
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let named = arguments.map(|argument| match make.iter().find(|(name, ..)| *name == argument) {
        Some(file) => generated(file),
        None => read(argument.as_ref()),
    });
    let named: Vec<File> = named.collect();
    if named.is_empty() {
        return make.iter().map(generated).collect();
    }
    named
}

/// A file of the disk.
fn read(path: &std::path::Path) -> File {
    let stem = path.file_stem().unwrap_or_default();
    File {
        name: stem.to_string_lossy().into_owned(),
        text: std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    }
}

/// A small file as folders have thousands of.
pub(crate) fn small(number: usize) -> Vec<u8> {
    short(&mut Random(number as u64), 40)
}

/// Sixteen columns like those of TPC-H's largest table: keys, money, dates, words, a comment.
fn lineitem(random: &mut Random, rows: usize) -> Vec<u8> {
    let mut text =
        b"l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,l_extendedprice,l_discount,l_tax,l_returnflag,\
        l_linestatus,l_shipdate,l_commitdate,l_receiptdate,l_shipinstruct,l_shipmode,l_comment\n"
            .to_vec();
    for row in 0..rows {
        let (order, line) = (row / 4 + 1, row % 4 + 1);
        let (part, supplier, quantity) = (random.below(200_000), random.below(10_000), random.below(50) + 1);
        let price = random.below(10_000_000);
        put!(
            text,
            "{order},{part},{supplier},{line},{quantity},{}.{:02}",
            price / 100,
            price % 100
        );
        put!(text, ",0.{:02},0.{:02}", random.below(11), random.below(9));
        put!(text, ",{},{}", random.of(&["A", "N", "R"]), random.of(&["F", "O"]));
        put!(text, ",{},{},{}", random.date(), random.date(), random.date());
        put!(
            text,
            ",{},{}",
            random.of(&INSTRUCTIONS),
            random.of(&["AIR", "TRUCK", "RAIL", "MAIL", "SHIP", "FOB", "REG AIR"])
        );
        put!(text, ",{}\n", random.words(4));
    }
    text
}

/// Nine short columns, of which some cells are empty.
fn short(random: &mut Random, rows: usize) -> Vec<u8> {
    let mut text = b"id,day,zone,count,fare,tip,member,kind,note\n".to_vec();
    for id in 0..rows {
        let (zone, count, fare, tip) = (
            random.below(400),
            random.below(7),
            random.below(9000),
            random.below(900),
        );
        put!(
            text,
            "{id},{},{zone},{count},{}.{:02}",
            random.date(),
            fare / 100,
            fare % 100
        );
        put!(
            text,
            ",{}.{:02},{}",
            tip / 100,
            tip % 100,
            random.of(&["true", "false"])
        );
        put!(
            text,
            ",{},{}\n",
            random.of(&["cash", "card", "app"]),
            random.of(&["", "", "late", "none yet"])
        );
    }
    text
}

/// A hundred columns: numbers, empty cells, and texts in quotes with delimiters, quotes and line ends inside.
fn wide(random: &mut Random, rows: usize) -> Vec<u8> {
    let names: Vec<String> = (1..=100).map(|i| format!("measure_{i}")).collect();
    let mut text = (names.join(",") + "\n").into_bytes();
    for _ in 0..rows {
        for column in 0..100 {
            let comma = if column == 0 { "" } else { "," };
            match column % 10 {
                _ if column > 0 && random.below(5) == 0 => put!(text, "{comma}"),
                0..4 => put!(text, "{comma}{}", random.below(100_000)),
                4..7 => put!(text, "{comma}{}.{}", random.below(1000), random.below(9) + 1),
                7 => put!(text, "{comma}\"{}, {}\"", random.word(), random.word()),
                8 => put!(text, "{comma}\"{}\n{}\"", random.word(), random.word()),
                _ => put!(text, "{comma}\"{} \"\"{}\"\"\"", random.word(), random.word()),
            }
        }
        text.push(b'\n');
    }
    text
}

/// Five columns, of which two hold sentences, some beyond ASCII and some in quotes.
fn prose(random: &mut Random, rows: usize) -> Vec<u8> {
    let mut text = b"id,author,title,body,lang\n".to_vec();
    for id in 0..rows {
        put!(
            text,
            "{id},{},{}",
            random.of(&["Zoë Müller", "J. Doe", "李雷", "Ana"]),
            random.words(5)
        );
        let (first, rest) = (random.words(18), random.words(20));
        match random.below(3) {
            0 => put!(text, ",\"{first}, {rest}\""),
            1 => put!(text, ",\"He said: \"\"{first}\"\", and {rest}\""),
            _ => put!(text, ",{first} {rest}"),
        }
        put!(text, ",{}\n", random.of(&["en", "de", "zh"]));
    }
    text
}

const INSTRUCTIONS: [&str; 4] = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"];

const WORDS: [&str; 16] = [
    "carefully",
    "final",
    "deposits",
    "sleep",
    "furiously",
    "express",
    "ideas",
    "naïve",
    "packages",
    "about",
    "the",
    "slyly",
    "regular",
    "requests",
    "above",
    "quick",
];

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of<'a>(&mut self, choice: &[&'a str]) -> &'a str {
        choice[self.below(choice.len() as u64) as usize]
    }

    fn word(&mut self) -> &'static str {
        self.of(&WORDS)
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn date(&mut self) -> String {
        let (year, month, day) = (1992 + self.below(7), 1 + self.below(12), 1 + self.below(28));
        format!("{year}-{month:02}-{day:02}")
    }
}
