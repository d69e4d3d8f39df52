//! Numbers in the text of a statement, with all the digits that they are written with. The engine takes whole numbers beyond
//! 64 bits, and all with a fraction, for floats: compared with decimals those match nothing, or everything.
//!
//! Here a whole number that 64 bits do not hold is a decimal ([`written`]). One with a fraction or an exponent is a float, as
//! clients expect of `SELECT 1.5`; but where a number meets a decimal it is compared by its digits ([`compared`]).

mod compared;
mod number;
mod written;

pub(super) use compared::CompareDigits;
pub(super) use number::Number;
pub(super) use written::{keep_digits, keep_digits_of};

#[cfg(test)]
mod tests;
