//! The `flightstream` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    prefer_small_pages();
    flightstream::cli::main()
}

/// The allocator asks for huge pages, of which it then uses a part: an idle server would hold twice the memory that it
/// needs. Where the system does not refuse them, they stay.
#[cfg(target_os = "linux")]
fn prefer_small_pages() {
    rustix::thread::disable_transparent_huge_pages(true).unwrap_or_default();
}

#[cfg(not(target_os = "linux"))]
fn prefer_small_pages() {}
