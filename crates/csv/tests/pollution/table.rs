//! A clean table: what its columns are called, and the texts of its cells.

/// A source of numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    pub(crate) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Whether one of so many throws is a hit.
    pub(crate) fn hits(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Fraction,
    Day,
    Word,
    Text,
}

/// A table without any mess.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

const NAMES: [&str; 14] = [
    "id", "amount", "city", "weight", "price", "name", "remark", "street", "score", "height", "shop", "owner", "state",
    "unit",
];
const WORDS: [&str; 12] = [
    "Riga", "Oslo", "north", "blue", "Anna", "steel", "open", "Ben", "harbour", "lamp", "Turin", "maple",
];
const TEXTS: [&str; 8] = [
    "two words",
    "see page 7",
    "it is late",
    "red, green",
    "a; b",
    "ring twice",
    "left side",
    "New York",
];

impl Table {
    /// A table with a column of numbers in front, and at least one more with a type.
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let width = 3 + dice.below(5);
        let mut kinds = vec![Kind::Number, *dice.one_of(&[Kind::Fraction, Kind::Day, Kind::Number])];
        let others = [
            Kind::Number,
            Kind::Fraction,
            Kind::Day,
            Kind::Word,
            Kind::Text,
            Kind::Word,
        ];
        kinds.extend((2..width).map(|_| *dice.one_of(&others)));
        let first = dice.below(NAMES.len());
        let names = (0..width)
            .map(|at| NAMES[(first + at) % NAMES.len()].to_owned())
            .collect();
        let rows = (0..4 + dice.below(9)).map(|row| kinds.iter().map(|&kind| cell(kind, row, dice)).collect());
        let rows = rows.collect();
        Table { kinds, names, rows }
    }
}

fn cell(kind: Kind, row: usize, dice: &mut Dice) -> String {
    match kind {
        Kind::Number => (row * 7 + dice.below(900)).to_string(),
        Kind::Fraction => format!("{}.{}", dice.below(500), 1 + 2 * dice.below(5)),
        Kind::Day => format!("2024-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
        Kind::Word => (*dice.one_of(&WORDS)).to_owned(),
        Kind::Text => (*dice.one_of(&TEXTS)).to_owned(),
    }
}
