//! Numbers that stand for contents: the same ones for the same contents, on every server and in every version of it. The
//! standard library's hasher promises neither.

use twox_hash::XxHash64;

/// Parts of something, of which a number is to be made. Each says where it ends.
#[derive(Debug, Default)]
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// With bytes behind what there is.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let Self(mut parts) = self.number(bytes.len() as u64);
        parts.extend(bytes);
        Self(parts)
    }

    /// With a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// With a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    /// The number that stands for all of it.
    pub fn finish(&self) -> u64 {
        XxHash64::oneshot(0, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_as_they_are() {
        // That of no bytes is in the specification of the hash.
        assert_eq!(Fingerprint::default().finish(), 0xef46_db37_51d8_e999);
        let some = Fingerprint::default().text("a").number(1).bytes(b"\0");
        assert_eq!(some.finish(), 0xb7f5_fad0_3733_e152);
    }

    #[test]
    fn the_same_bytes_in_other_parts_are_something_else() {
        let of = |parts: &[&str]| {
            let whole = parts
                .iter()
                .fold(Fingerprint::default(), |whole, part| whole.text(part));
            whole.finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab", ""]), of(&["", "ab"]));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
    }
}
