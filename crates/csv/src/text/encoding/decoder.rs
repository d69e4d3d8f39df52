//! What makes text of the bytes of an encoding, and tells what is malformed in them.

use super::charset::Charset;
use super::malformed::Malformed;
use super::name::{Encoding, Legacy};
use super::pages::Upper;

const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// How much text is transcoded at once. Space for it is filled with zeros once, not for every piece.
const SCRATCH_BYTES: usize = 4 << 10;

/// What makes text of the bytes of an encoding.
pub(super) enum Decoder {
    /// UTF-8 needs no conversion, but may be looked at.
    Copy(Option<Stream>),
    Utf32(fn([u8; 4]) -> u32),
    Page(&'static Upper),
    Streaming(Stream),
}

impl Decoder {
    pub(super) fn new(encoding: Encoding, checked: bool) -> Self {
        match encoding {
            Encoding::Utf8 => Decoder::Copy(checked.then(|| Stream::new(encoding_rs::UTF_8))),
            Encoding::Utf32Le => Decoder::Utf32(u32::from_le_bytes),
            Encoding::Utf32Be => Decoder::Utf32(u32::from_be_bytes),
            Encoding::Utf16Le => Decoder::Streaming(Stream::new(encoding_rs::UTF_16LE)),
            Encoding::Utf16Be => Decoder::Streaming(Stream::new(encoding_rs::UTF_16BE)),
            Encoding::Legacy(Legacy(Charset::Standard(known))) => Decoder::Streaming(Stream::new(known)),
            Encoding::Legacy(Legacy(Charset::Page(page))) => Decoder::Page(page.upper()),
        }
    }
}

/// A decoder of `encoding_rs`, and the space that it decodes into.
pub(super) struct Stream {
    decoder: Box<encoding_rs::Decoder>,
    scratch: Box<[u8]>,
}

impl Stream {
    fn new(encoding: &'static encoding_rs::Encoding) -> Self {
        Stream {
            decoder: Box::new(encoding.new_decoder_without_bom_handling()),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
        }
    }

    /// Decodes `input`, which starts at offset `at` of the stream, and ends it if it is the `last`.
    pub(super) fn decode(
        &mut self,
        mut input: &[u8],
        last: bool,
        mut at: u64,
        malformed: &mut Malformed,
        mut out: impl FnMut(&[u8]),
    ) {
        loop {
            let decoder = &mut self.decoder;
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(input, &mut self.scratch, last);
            out(&self.scratch[..written]);
            input = &input[read..];
            at += read as u64;
            match result {
                encoding_rs::DecoderResult::InputEmpty => return,
                encoding_rs::DecoderResult::OutputFull => {}
                encoding_rs::DecoderResult::Malformed(length, behind) => {
                    malformed.add(at.saturating_sub(u64::from(length) + u64::from(behind)));
                    out(REPLACEMENT);
                }
            }
        }
    }
}

pub(super) fn decode_utf32(
    input: &[u8],
    value: fn([u8; 4]) -> u32,
    at: u64,
    malformed: &mut Malformed,
    out: &mut Vec<u8>,
) {
    for (i, unit) in input.chunks(4).enumerate() {
        let unit = unit.try_into().ok();
        match unit.and_then(|unit| char::from_u32(value(unit))) {
            Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                malformed.add(at + 4 * i as u64);
                out.extend_from_slice(REPLACEMENT);
            }
        }
    }
}

pub(super) fn decode_page(input: &[u8], upper: &Upper, at: u64, malformed: &mut Malformed, out: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(beyond) = rest.iter().position(|byte| !byte.is_ascii()) {
        out.extend_from_slice(&rest[..beyond]);
        let char = upper[usize::from(rest[beyond] - 0x80)];
        if char == char::REPLACEMENT_CHARACTER {
            malformed.add(at + (input.len() - rest.len() + beyond) as u64);
        }
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[beyond + 1..];
    }
    out.extend_from_slice(rest);
}
