//! Turns the bytes of a file into UTF-8 text, piece by piece, and guesses from a sample how they are encoded.
//!
//! It does not look at CSV structure, and UTF-8 input is passed through unchecked: invalid bytes in it are the decoder's
//! business, which replaces them.

use std::fmt;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How the bytes of a file stand for characters.
///
/// Windows-1252 covers Latin-1 and every byte string is valid in it, so it is what remains when bytes are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows code page 1252, the superset of Latin-1 that older software writes.
    Windows1252,
}

impl Encoding {
    /// Whether text in this encoding is UTF-8 already, so that a [`Transcoder`] only removes a byte-order mark.
    ///
    /// Callers that read such a file at an offset behind its first three bytes need no transcoder.
    pub fn is_identity(self) -> bool {
        self == Encoding::Utf8
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Windows1252 => "Windows-1252",
        })
    }
}

/// Streams bytes of one encoding into UTF-8 text.
///
/// Any split of the input in pieces gives the same output. Malformed UTF-16 becomes U+FFFD; UTF-8 is copied as it is.
/// A byte-order mark at the start of the stream is removed (the UTF-8 mark also in front of Windows-1252, where software
/// that mixes both has put it). After the last piece the transcoder is ready for another stream.
pub struct Transcoder {
    encoding: Encoding,
    /// How much of a UTF-8 byte-order mark the stream began with; `None` once that is settled.
    mark: Option<usize>,
    /// `None` for UTF-8, which needs no conversion.
    decoder: Option<encoding_rs::Decoder>,
}

impl Transcoder {
    /// Starts a stream in `encoding`.
    pub fn new(encoding: Encoding) -> Self {
        let decoder = match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE.new_decoder_with_bom_removal()),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE.new_decoder_with_bom_removal()),
            Encoding::Windows1252 => Some(encoding_rs::WINDOWS_1252.new_decoder_without_bom_handling()),
        };
        let marked = matches!(encoding, Encoding::Utf8 | Encoding::Windows1252);
        Transcoder {
            encoding,
            mark: marked.then_some(0),
            decoder,
        }
    }

    /// Appends the UTF-8 text of `input` to `out`; `last` says that the stream ends here and flushes what was held back.
    ///
    /// At most three bytes (the start of a mark or of a character) are held back between two calls.
    pub fn push(&mut self, input: &[u8], last: bool, out: &mut Vec<u8>) {
        let input = self.skip_mark(input, last, out);
        self.convert(input, last, out);
        if last {
            *self = Transcoder::new(self.encoding);
        }
    }

    /// Consumes a byte-order mark or the part of it that is here; gives back what is behind it.
    fn skip_mark<'a>(&mut self, mut input: &'a [u8], last: bool, out: &mut Vec<u8>) -> &'a [u8] {
        let Some(mut seen) = self.mark else { return input };
        while seen < UTF8_MARK.len() && input.first() == Some(&UTF8_MARK[seen]) {
            seen += 1;
            input = &input[1..];
        }
        self.mark = Some(seen);
        if seen == UTF8_MARK.len() || !input.is_empty() || last {
            self.mark = None;
            if seen < UTF8_MARK.len() {
                self.convert(&UTF8_MARK[..seen], false, out);
            }
        }
        input
    }

    fn convert(&mut self, mut input: &[u8], last: bool, out: &mut Vec<u8>) {
        let Some(decoder) = &mut self.decoder else {
            out.extend_from_slice(input);
            return;
        };
        loop {
            let filled = out.len();
            let room = decoder
                .max_utf8_buffer_length(input.len())
                .unwrap_or(input.len())
                .max(16);
            out.resize(filled + room, 0);
            let (result, read, written, _) = decoder.decode_to_utf8(input, &mut out[filled..], last);
            out.truncate(filled + written);
            input = &input[read..];
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }
}

/// What a byte string says about its encoding.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Utf8Evidence {
    /// It holds a valid character of more than one byte.
    pub(crate) multibyte: bool,
    /// The offset of the first byte that is not UTF-8.
    pub(crate) invalid: Option<usize>,
}

impl Utf8Evidence {
    /// Examines `bytes`; `whole` is false when the piece may end (not begin) inside a character.
    pub(crate) fn of(bytes: &[u8], whole: bool) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Utf8Evidence {
                multibyte: !text.is_ascii(),
                invalid: None,
            },
            Err(_) => Self::of_invalid(bytes, whole),
        }
    }

    fn of_invalid(bytes: &[u8], whole: bool) -> Self {
        let mut evidence = Utf8Evidence::default();
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            evidence.multibyte |= !chunk.valid().is_ascii();
            at += chunk.valid().len();
            let cut_off = !whole && at + chunk.invalid().len() == bytes.len() && is_prefix(chunk.invalid());
            if !chunk.invalid().is_empty() && !cut_off && evidence.invalid.is_none() {
                evidence.invalid = Some(at);
            }
            at += chunk.invalid().len();
        }
        evidence
    }
}

/// Whether `bytes` could be the beginning of a character that goes on.
fn is_prefix(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
}

/// The encoding that `head` (the start of a file) and `blocks` (pieces from further on) point to.
///
/// A byte-order mark decides. Otherwise bytes that are invalid as UTF-8, with no valid multi-byte character anywhere,
/// mean Windows-1252; everything else is UTF-8.
pub(crate) fn detect(head: &[u8], blocks: &[&[u8]], complete: bool) -> Encoding {
    if head.starts_with(UTF8_MARK) {
        return Encoding::Utf8;
    }
    if head.starts_with(b"\xFF\xFE") {
        return Encoding::Utf16Le;
    }
    if head.starts_with(b"\xFE\xFF") {
        return Encoding::Utf16Be;
    }
    let of_block = |block: &&[u8]| Utf8Evidence::of(without_continuation(block), false);
    let pieces = std::iter::once(Utf8Evidence::of(head, complete)).chain(blocks.iter().map(of_block));
    let (multibyte, invalid) = pieces.fold((false, false), |(m, i), e| (m | e.multibyte, i | e.invalid.is_some()));
    if invalid && !multibyte {
        Encoding::Windows1252
    } else {
        Encoding::Utf8
    }
}

/// A piece from the middle of a file, without the end of a character that began before it.
fn without_continuation(block: &[u8]) -> &[u8] {
    let continuation = block.iter().take(3).take_while(|&&b| b & 0xC0 == 0x80).count();
    &block[continuation..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcode(encoding: Encoding, pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut transcoder = Transcoder::new(encoding);
        for piece in pieces {
            transcoder.push(piece, false, &mut out);
        }
        transcoder.push(b"", true, &mut out);
        out
    }

    #[test]
    fn every_split_gives_the_same_text() {
        let cases: [(Encoding, &[u8], &[u8]); 8] = [
            (Encoding::Utf8, b"\xEF\xBB\xBFa,\xC3\xA9\n", "a,é\n".as_bytes()),
            (Encoding::Utf8, b"\xEF\xBBa", b"\xEF\xBBa"),
            (Encoding::Utf8, b"\xEF\xBB", b"\xEF\xBB"),
            (Encoding::Utf8, b"a\xFF", b"a\xFF"),
            (Encoding::Windows1252, b"caf\xE9 \x80", "café €".as_bytes()),
            (Encoding::Windows1252, b"\xEF\xBB\xBFcaf\xE9", "café".as_bytes()),
            (Encoding::Utf16Le, b"\xFF\xFEa\0\x3D\xD8\x00\xDE", "a😀".as_bytes()),
            (Encoding::Utf16Be, b"\xFE\xFF\0a\0\xE9\xD8", "aé\u{FFFD}".as_bytes()),
        ];
        for (encoding, input, expected) in cases {
            for split in 0..=input.len() {
                let (left, right) = input.split_at(split);
                assert_eq!(
                    transcode(encoding, &[left, right]),
                    expected,
                    "{encoding} split at {split}"
                );
            }
            let bytewise: Vec<&[u8]> = input.chunks(1).collect();
            assert_eq!(transcode(encoding, &bytewise), expected, "{encoding} bytewise");
        }
    }

    #[test]
    fn a_transcoder_serves_a_second_stream() {
        let mut out = Vec::new();
        let mut transcoder = Transcoder::new(Encoding::Utf16Le);
        transcoder.push(b"\xFF\xFEa\0", true, &mut out);
        transcoder.push(b"\xFF\xFEb\0", true, &mut out);
        assert_eq!(out, b"ab");
    }

    /// Head, blocks, complete, and what is detected.
    type Detection<'a> = (&'a [u8], &'a [&'a [u8]], bool, Encoding);

    #[test]
    fn detection() {
        let cases: [Detection<'_>; 10] = [
            (b"a,b", &[], true, Encoding::Utf8),
            (b"\xEF\xBB\xBFa\xFF", &[], true, Encoding::Utf8),
            (b"\xFF\xFEa\0", &[], true, Encoding::Utf16Le),
            (b"\xFE\xFF\0a", &[], true, Encoding::Utf16Be),
            (b"caf\xE9,x", &[], true, Encoding::Windows1252),
            (b"caf\xC3\xA9,\xE9x", &[], true, Encoding::Utf8),
            (b"caf\xC3", &[], false, Encoding::Utf8),
            (b"caf\xC3", &[], true, Encoding::Windows1252),
            (b"plain", &[b"\xA9 then \xE9,"], false, Encoding::Windows1252),
            (b"plain", &[b"\xA9 then \xC3"], false, Encoding::Utf8),
        ];
        for (head, blocks, complete, expected) in cases {
            assert_eq!(detect(head, blocks, complete), expected, "{head:?}");
        }
    }

    #[test]
    fn names() {
        let all = [
            Encoding::Utf8,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
            Encoding::Windows1252,
        ];
        assert_eq!(
            all.map(|e| e.to_string()),
            ["UTF-8", "UTF-16LE", "UTF-16BE", "Windows-1252"]
        );
        assert_eq!(all.map(Encoding::is_identity), [true, false, false, false]);
    }
}
