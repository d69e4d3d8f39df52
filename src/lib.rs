//! FlightStream: folders of CSV and Parquet files as typed tables over Arrow Flight and Flight SQL.
//!
//! # The data's way through it
//!
//! Files are **found** (`discovery`, over `store`'s listing), **named** (`discovery::naming`; `format::registry` knows the
//! suffixes), **sampled** (`store::sample`), **understood** (`flightstream_csv::infer` gives a `CsvProfile`), **opened** as a
//! table ([`format::FormatTable`]: a set of files, each in one pinned version), **checked** whole once (the profile is widened
//! until it fits every row) and **published** in an immutable, versioned [`catalog::Snapshot`].
//!
//! A client sends a ticket, a path or SQL; [`request::Admission`] **lets it in**: `auth` says who it is, the
//! [`request::RequestContext`] in which session and until when; `flight::descriptor` and `flight::ticket` **decode** it once into
//! an enum; `engine::statement` **parses** its SQL once, and [`engine::Engine::plan`] **plans** it against one snapshot, on one of
//! the planners' threads, into a `PlannedQuery`; `get_flight_info` **answers** with
//! endpoints whose tickets are self-contained (what to run, start time, fingerprint of the tables, part *i* of *n*);
//! `do_get` decodes the ticket and takes the plan that still waits for it, or plans **again** over tables with that
//! fingerprint; an [`engine::Executor`] **runs** the plan, by value, on the query runtime; `flight::encode` **makes** messages of the buffers of its
//! batches, which cross a bounded channel, and `flight::serve` gives them to the network as they are.
//!
//! A statement that changes data, and an upload, go the other way: `engine` plans the rows or `flight::upload` decodes them,
//! `writable` **writes** them aside and **commits** them at once, and the catalog publishes the next snapshot.
//!
//! # Modules, in reading order
//!
//! [`error`] · [`cores`] · [`lru`] (what is kept for a while) · [`nearest`] (which name was meant) · [`fingerprint`] · [`config`] · [`telemetry`] · [`store`]
//! (bytes) · [`format`] (files as tables) · [`discovery`] (which
//! files, what names) · [`writable`] (tables that clients write) · [`catalog`] (snapshots) · [`auth`] (who asks) · [`session`] (options,
//! temporary tables, prepared statements, running queries) · [`request`] (what every protocol shares: who may enter, until
//! when, in which session) · [`engine`] (SQL → plan → stream) ·
//! [`flight`] (the wire) · [`server`] (bind, serve, drain) · [`client`] (speaks the wire only) · [`cli`].
//! `tests/it/architecture.rs` asserts who may import whom.
//!
//! # Where is …
//!
//! | … | file |
//! |---|---|
//! | where a CSV file's delimiter is decided? | `crates/csv/src/table/scoring.rs` scores the dialects, `separators.rs` beside it proposes them |
//! | where a record is rejected, and for what? | `crates/csv/src/walk` does it, `crates/csv/src/reject.rs` has the reasons |
//! | where a ticket gets its expiry? | `src/flight/ticket.rs` |
//! | where another format (JSON) goes? | `src/format/json.rs`, beside `parquet.rs`, and a line in `src/format/registry.rs` |
//! | where TLS and users go? | TLS in `src/server.rs`; users are another `Authenticator` in `src/auth`, and what they see is decided in `Engine::visible` |
//! | where an HTTP console goes? | `src/http`, a wire like `src/flight`: both ask `request::Front` and `engine` |
//! | where a columnar copy goes? | `src/accelerate`, a [`format::FormatTable`] that wraps another |
//! | how statistics reach the optimizer? | `statistics` in `src/format/csv/provider.rs` and `src/format/parquet/provider.rs` |
//! | where a distributed executor plugs in? | `src/engine/run/executor.rs`: the trait `Executor` |
//! | where an engine's error becomes a gRPC status? | `src/engine/failure.rs` makes an [`error::Error`] of it, `src/flight/status.rs` a status of that |
//!
//! # Invariants
//!
//! 1. `flightstream-csv` does no I/O and always answers: a best profile plus warnings, never "cannot parse".
//! 2. Only `store` opens bytes, and only below the roots that the operator named; it writes below one of them alone, the
//!    `--writable` one. Only `config` reads the environment.
//! 3. tonic's types appear only in `flight`, `server` and `client`; `SessionState` only in `engine`; `SessionContext` nowhere.
//! 4. A query sees one snapshot from its plan to its last batch, and every read is pinned to the listed version of its
//!    file; an answer that reads nothing asks for that version first. Views and prepared statements are SQL text, planned per snapshot.
//! 5. The serving path never collects a result: batches flow, and dropping the stream stops the work. Permits, deadlines
//!    and the drain live inside the returned stream.
//! 6. Ticket bytes are read in one file; a ticket needs no server memory to be answered, and is checked again.
//! 7. The schemas of a query (prepared, `FlightInfo`, stream, `table_schema`) come from one function; fields are nullable
//!    on the wire; the cast is strict.
//! 8. Network tasks, planning and query work run on different threads; planning ends at a checkpoint when its time is up or
//!    its client has left.
//! 9. Every error becomes a gRPC code in one file.
//! 10. No input, bytes or SQL, can end the process.
//! 11. Several endpoints only for plans whose partitions are separable, with file-stream work stealing off; a plain scan
//!     comes in file order.
//! 12. A written table is what its manifest says, and a manifest is replaced at once: `kill -9` leaves each table before a
//!     statement or after it. Whoever holds a version of a table keeps its files.

pub mod auth;
pub mod catalog;
pub mod cli;
pub mod client;
pub mod config;
pub mod cores;
pub mod discovery;
pub mod engine;
pub mod error;
pub mod fingerprint;
pub mod flight;
pub mod format;
pub mod lru;
pub mod nearest;
pub mod request;
pub mod server;
pub mod session;
pub mod store;
pub mod telemetry;
pub mod writable;
