//! The cells of a column, its type, and the evidence for it: which types can hold a text without loss, and what the texts of
//! a column amount to.
//!
//! Every cell allows a set of candidates, each a type in a notation; a column allows the candidates that all its cells
//! allow, and takes the first of them in the order of the table, or else Utf8. Sets only shrink, so cells may be seen in
//! any order and by any number of workers. The rules, blanks (space, tab) around the value ignored:
//!
//! | type | texts |
//! |---|---|
//! | none asked | an empty cell, quoted or not: NULL in every column; a cell of only blanks: NULL in a typed column, kept in Utf8 |
//! | Boolean | `true` and `false`, or `yes` and `no`, or `t` and `f`, or `y` and `n`, any case, one pair in all of the column; both must occur, if they are not `true` or `false`; not 0 and 1 |
//! | Int64 | `-?(0\|[1-9]\d*)` within 64 bits; not `00123` (an identifier), `+5`, `-0` (their text would be lost) |
//! | UInt64 | the same from 0 to 2^64 - 1, if a number is beyond Int64 |
//! | Decimal(38,0) | the same up to 38 digits, if a number is beyond both |
//! | Float64 | `-?digits[.digits][e[+-]digits]`, also `.5` and `5.`; no leading zeros; finite; not a nonzero that underflows to zero; beyond 2^53 no whole numbers, and others without an exponent only if all digits are kept; `12e3` only beside other proof; the words `nan`, `inf`, `-inf`, `infinity`, any case, but a column of only words is text |
//! | Decimal(p,s) | only if asked for: `-?digits[.digits]` that fits exactly, zeros at the end of the fraction not counted |
//! | Date32 | `YYYY-MM-DD`, a day of the calendar, with one or two digits for the month and the day, or one of the other forms below |
//! | Timestamp | a Date32 text, then `T` or a blank and `HH:MM[:SS[.f]]`, 1–9 digits of fraction behind a point or a comma, `H:MM` too behind a blank; `hh:mm[:ss[.f]] AM` or `PM`; the same clock in all of the column; a Date32 text alone is midnight |
//! | TimestampUtc | the same in ISO form (never a bare date) with `Z`, ` UTC`, `±HH`, `±HHMM` or `±HH:MM` behind, perhaps after a blank; `t` and `z` too |
//! | Time | `HH:MM[:SS[.f]]`, also `H:MM`, or `hh:mm[:ss[.f]]` with `AM` or `PM`; the same clock in all of the column |
//! | TimestampNs, TimestampUtcNs | the same, if a fraction needs more than microseconds; timestamps from 1677 to 2262 only |
//! | Utf8 | everything else, byte for byte |
//!
//! Numbers of every type may have other marks, the same in all of the column:
//!
//! | marks | texts |
//! |---|---|
//! | `1,234.5` | commas between all groups of three digits of a number, or none in it; no exponent behind groups |
//! | `1'234.5` | the same with apostrophes, also U+2019 |
//! | `1 234.5` | the same with blanks, also U+00A0, U+202F and U+2009 |
//! | `1.234,5` | the same with dots, and with a decimal comma, which digits must follow |
//! | `1 234,5` | the same with blanks, and with a decimal comma |
//!
//! If numbers without any marks (`1.234` is one) are not all there is, the column must leave no doubt what its commas
//! mean: `1,234` may be a thousand or little more than one. `1,5` proves a decimal comma; `1,234,567`, `1,234.5` or a
//! plain `1.5` proves a thousands separator; without a proof the column is text, and a warning says why. Digits in groups
//! with blanks or dots between them may be telephone numbers, identifiers or addresses, too: they are whole numbers only if
//! they are of different lengths or one is negative, and with dots if not all of them have four groups. Lengths that are all
//! multiples of three prove nothing: `103 132` beside `104` may be two codes in a cell, and so may `103'132` and `103,132,140`.
//!
//! `12e3` may be a code, too, as `5381e182` and `0e5` are: digits, `e` and digits, other than the one digit in front of `e` that
//! programs write. It is a number only if a value of the column has a decimal mark, a minus or a signed exponent. A column of
//! floats without any of these holds no such number, so that a sample of it promises nothing that the whole file takes back.
//!
//! Dates may have other forms, the same in all of the column; day and month have one or two digits, the year has four:
//!
//! | form | texts |
//! |---|---|
//! | year first | `2024/01/31`, `2024.01.31` |
//! | with the month's English name | `31 Jan 2024`, `31-January-2024`, `Jan 31, 2024`, `January 31 2024`; the whole name, three letters or `Sept`, any case |
//! | day first | `31/01/2024`, `31-01-2024`, `31.01.2024` |
//! | month first | `01/31/2024`, `01-31-2024`, `01.31.2024` |
//!
//! A day above 12 proves one of the last two. Without a proof, as in `01/02/2024`, the column is text, and a warning says
//! why. In front of a time these forms may also have a comma and a blank.
//!
//! Some words stand where there is no value: `NA`, `N/A`, `#N/A`, `<NA>`, `null`, `(null)`, `<null>`, `none`, `nil` (any
//! case), `\N`, `-`, `--`, `---`, `—`, `?`. A column that has no type as long as they are values, but has one by its other
//! values, of which there must be some, takes them for NULL. Then it also takes `nan` for NULL, unless its type is Float64:
//! there `nan` is a number, as it is in a column that needs none of these words. In Utf8 all of them are kept.
//!
//! Numbers may be written as people write them, if the caller asks for a type that is one of numbers; without that they are
//! text. A minus may stand behind the digits, or be U+2212; parentheses around a number are a minus; a unit stands in front
//! or behind, the same one in every cell: a sign or a code of money, `%`, a word of at most eight bytes. Blanks between them do
//! not matter. The first number says whether the column has a unit, and which. `A-12`, `12-A`, `12.-` and `Rs.500` are none.
//! Of marks that leave a doubt the scale of a decimal type decides: `€ 1,234` has three digits behind the comma, or none.
//!
//! The caller may name further words for NULL, of all columns or of one. They stand for NULL in any type, text included, quoted
//! or not, also where they are values, as `-999` is; ASCII letters in any case, blanks around them ignored.
//!
//! A column without any value is Utf8. If quotes are to mean text, a cell in quotes that is not empty makes it Utf8 too.
//! A type that the caller asked for is that of the column in any case: values that it does not hold are misfits, and its
//! notation is found by the same rules among the notations that can be of that type.
//!
//! Modules: `field` (a column), `asked` (a type that the caller wants), `candidates` (sets of types in their notations),
//! `allowed` (which of them a text allows), `tally` (the values, whatever the type turns out to be) with `bounds`, `decide`
//! (from candidates to a type), `ruling` (the cells that rule types out), `evidence` (all of that, cell by cell) and its `conclusion`, `figures` (what
//! is around the digits of numbers) with `apart` (the evidence of the digits alone), `fits` (what a column takes for a value).

pub(crate) mod allowed;
mod apart;
pub(crate) mod asked;
pub(crate) mod bounds;
pub(crate) mod candidates;
pub(crate) mod conclusion;
pub(crate) mod decide;
pub(crate) mod evidence;
pub(crate) mod field;
mod figures;
pub(crate) mod fits;
pub(crate) mod ruling;
mod short_years;
pub(crate) mod tally;
