//! What a guess of an encoding is: the encoding, why, and how sure.

use super::name::Encoding;

/// How a file is encoded, as far as a sample of it can tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// The encoding that explains the sample best.
    pub encoding: Encoding,
    /// Why, as one sentence for people.
    pub evidence: String,
    /// How sure that is, from 0 to 1.
    pub confidence: f32,
    /// Another encoding that explains the sample about as well and reads it as another text.
    pub rival: Option<Encoding>,
    /// Whether the sample has control characters from U+0080 to U+009F in it, as text never has.
    pub has_controls: bool,
}

impl Detected {
    pub(super) fn new(encoding: Encoding, confidence: f32, evidence: impl Into<String>) -> Self {
        Detected {
            encoding,
            evidence: evidence.into(),
            confidence,
            rival: None,
            has_controls: false,
        }
    }
}
