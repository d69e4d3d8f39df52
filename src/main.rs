//! The `flightstream` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    flightstream::cli::main()
}
