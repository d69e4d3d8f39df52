//! How many processor cores there are for this process.

use std::sync::LazyLock;

/// The cores that this process may use, at least 1, as they were when it was first asked: to find out takes the system
/// longer than a small query takes.
pub fn cores() -> usize {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    *CORES
}
