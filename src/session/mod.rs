//! What the server remembers between the requests of a client.

mod prepared;

pub use prepared::PreparedStatements;
