//! Bytes of any encoding to UTF-8 text, piece by piece, with the places in the input that the lines of the text have.
//!
//! Lines are found in the input, not in the text: it is cut behind every line end and transcoded piece by piece, and
//! behind a line end no decoder holds anything back. So the text that is there is exactly that of the input so far.

use super::decoder::{Decoder, decode_page, decode_utf32};
use super::malformed::Malformed;
use super::name::Encoding;

/// Streams bytes of one encoding into UTF-8 text.
///
/// Any split of the input in pieces gives the same output. Malformed input becomes U+FFFD; UTF-8 is copied as it is. A
/// byte-order mark at the start of the stream is removed (the UTF-8 mark also in front of a legacy encoding, where
/// software that mixes both has put it). After the last piece the transcoder is ready for another stream.
pub struct Transcoder {
    encoding: Encoding,
    /// How much of a byte-order mark the stream began with; `None` once that is settled.
    mark: Option<usize>,
    decoder: Decoder,
    /// UTF-8 too is looked through for what is malformed.
    checked: bool,
    /// The first bytes of a code unit whose rest has not come yet.
    held: Vec<u8>,
    /// How many bytes of input have been transcoded, and how many bytes of text that made.
    here: LineStart,
    /// The line start behind a carriage return, which a line feed would move.
    after_return: Option<LineStart>,
    malformed: Malformed,
    ended: bool,
}

/// The start of a line in both forms of a stream, behind a line feed, a carriage return or the pair of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LineStart {
    /// Its offset in the text that the stream has produced from its start.
    pub text: u64,
    /// Its offset in the input of the stream, a byte-order mark included.
    pub input: u64,
}

/// Where text goes, and the starts of its lines if they are wanted.
struct Sink<'a> {
    out: &'a mut Vec<u8>,
    lines: Option<&'a mut Vec<LineStart>>,
}

impl Transcoder {
    /// Starts a stream in `encoding`, at the start of a file.
    pub fn new(encoding: Encoding) -> Self {
        Transcoder {
            mark: Some(0),
            ..Self::inside(encoding)
        }
    }

    /// Starts a stream in `encoding` at the start of a character inside a file, where nothing is a byte-order mark.
    pub fn inside(encoding: Encoding) -> Self {
        Transcoder {
            encoding,
            mark: None,
            decoder: Decoder::new(encoding, false),
            checked: false,
            held: Vec::new(),
            here: LineStart::default(),
            after_return: None,
            malformed: Malformed::default(),
            ended: false,
        }
    }

    /// Finds what is malformed in UTF-8 too, which otherwise nobody looks at; it is still copied as it is.
    pub fn checked(self) -> Self {
        Transcoder {
            decoder: Decoder::new(self.encoding, true),
            checked: true,
            ..self
        }
    }

    /// Appends the UTF-8 text of `input` to `out`; `last` says that the stream ends here and flushes what was held back.
    ///
    /// At most three bytes (the start of a mark or of a character) are held back between two calls.
    pub fn push(&mut self, input: &[u8], last: bool, out: &mut Vec<u8>) {
        self.advance(input, last, Sink { out, lines: None });
    }

    /// Like [`push`](Transcoder::push), and appends to `lines` every place where a line starts behind a line end.
    ///
    /// The input from such a place on, read by a transcoder that starts [`inside`](Transcoder::inside), is the text from
    /// that line on. A start behind a carriage return is known only with what follows, so it may come with the next
    /// piece. All of a stream goes through this method or none of it.
    pub fn push_lines(&mut self, input: &[u8], last: bool, out: &mut Vec<u8>, lines: &mut Vec<LineStart>) {
        let lines = Some(lines);
        self.advance(input, last, Sink { out, lines });
    }

    /// What was malformed in the stream so far, or in the one that ended if no other has begun.
    ///
    /// In UTF-8 that is nothing, unless the transcoder is a [`checked`](Transcoder::checked) one.
    pub fn malformed(&self) -> &Malformed {
        &self.malformed
    }

    fn advance(&mut self, input: &[u8], last: bool, mut sink: Sink<'_>) {
        if self.ended {
            self.restart();
        }
        let input = self.skip_mark(input, last, &mut sink);
        self.take(input, &mut sink);
        if last {
            self.settle_return(false, &mut sink);
            let held = std::mem::take(&mut self.held);
            self.convert(&held, true, sink.out);
            self.ended = true;
        }
    }

    fn restart(&mut self) {
        let fresh = Transcoder::new(self.encoding);
        *self = if self.checked { fresh.checked() } else { fresh };
    }

    /// Consumes a byte-order mark or the part of it that is here; gives back what is behind it.
    fn skip_mark<'a>(&mut self, mut input: &'a [u8], last: bool, sink: &mut Sink<'_>) -> &'a [u8] {
        let Some(mut seen) = self.mark else { return input };
        let mark = self.encoding.mark();
        while seen < mark.len() && input.first() == Some(&mark[seen]) {
            seen += 1;
            input = &input[1..];
        }
        self.mark = Some(seen);
        if seen == mark.len() {
            self.mark = None;
            self.here.input += mark.len() as u64;
        } else if !input.is_empty() || last {
            self.mark = None;
            self.take(&mark[..seen], sink);
        }
        input
    }

    /// Transcodes the whole code units of what was held back and `input`, and holds back the rest.
    fn take(&mut self, mut input: &[u8], sink: &mut Sink<'_>) {
        let unit = self.encoding.unit();
        if !self.held.is_empty() {
            let (missing, rest) = input.split_at(input.len().min(unit - self.held.len()));
            self.held.extend_from_slice(missing);
            input = rest;
            if self.held.len() < unit {
                return;
            }
            let whole = std::mem::take(&mut self.held);
            self.take_units(&whole, sink);
        }
        let (whole, rest) = input.split_at(input.len() - input.len() % unit);
        self.take_units(whole, sink);
        self.held.extend_from_slice(rest);
    }

    fn take_units(&mut self, mut units: &[u8], sink: &mut Sink<'_>) {
        if sink.lines.is_none() {
            return self.convert(units, false, sink.out);
        }
        while !units.is_empty() {
            let (line, rest) = units.split_at(self.encoding.line_end(units).unwrap_or(units.len()));
            units = rest;
            let unit = self.encoding.unit();
            self.settle_return(self.encoding.ascii(&line[..unit]) == Some(b'\n'), sink);
            self.convert(line, false, sink.out);
            match (self.encoding.ascii(&line[line.len() - unit..]), &mut sink.lines) {
                (Some(b'\n'), Some(lines)) => lines.push(self.here),
                (Some(b'\r'), _) => self.after_return = Some(self.here),
                _ => {}
            }
        }
    }

    /// Decides on the line start behind a carriage return: it is none if a line feed follows.
    fn settle_return(&mut self, line_feed: bool, sink: &mut Sink<'_>) {
        let start = self.after_return.take().filter(|_| !line_feed);
        if let Some(lines) = &mut sink.lines {
            lines.extend(start);
        }
    }

    /// Transcodes whole code units, or at the end of the stream the part of one that is left.
    fn convert(&mut self, input: &[u8], last: bool, out: &mut Vec<u8>) {
        let before = out.len();
        match &mut self.decoder {
            Decoder::Copy(check) => {
                if let Some(stream) = check {
                    stream.decode(input, last, self.here.input, &mut self.malformed, |_| {});
                }
                out.extend_from_slice(input);
            }
            Decoder::Utf32(value) => decode_utf32(input, *value, self.here.input, &mut self.malformed, out),
            Decoder::Page(upper) => decode_page(input, upper, self.here.input, &mut self.malformed, out),
            Decoder::Streaming(stream) => {
                let take = |text: &[u8]| out.extend_from_slice(text);
                stream.decode(input, last, self.here.input, &mut self.malformed, take);
            }
        }
        self.here.input += input.len() as u64;
        self.here.text += (out.len() - before) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text of `pieces`, the starts of its lines, and what was malformed.
    fn transcode(mut transcoder: Transcoder, pieces: &[&[u8]]) -> (Vec<u8>, Vec<LineStart>, Malformed) {
        let (mut out, mut lines) = (Vec::new(), Vec::new());
        for piece in pieces {
            transcoder.push_lines(piece, false, &mut out, &mut lines);
        }
        transcoder.push_lines(b"", true, &mut out, &mut lines);
        (out, lines, transcoder.malformed().clone())
    }

    fn named(label: &str) -> Encoding {
        label.parse().unwrap()
    }

    fn in_utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| bytes(u32::from(c))).collect()
    }

    const LABELS: &str = "utf-8 utf-16le utf-16be utf-32le utf-32be ibm866 koi8-r koi8-u macintosh x-mac-cyrillic \
        iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10 iso-8859-13 \
        iso-8859-14 iso-8859-15 iso-8859-16 windows-874 windows-1250 windows-1251 windows-1252 windows-1253 \
        windows-1254 windows-1255 windows-1256 windows-1257 windows-1258 gb18030 big5 euc-jp shift_jis euc-kr \
        cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp865 cp869 cp1125 mac-ce \
        mac-greek mac-turkish mac-icelandic mac-croatian mac-romanian";

    #[test]
    fn every_split_gives_the_same_text() {
        let utf32 = in_utf32("\u{FEFF}aé\r\n😀", u32::to_be_bytes);
        let cases: [(&str, &[u8], &str); 17] = [
            ("utf-8", b"\xEF\xBB\xBFa,\xC3\xA9\n", "a,é\n"),
            ("windows-1252", b"caf\xE9 \x80", "café €"),
            ("windows-1252", b"\xEF\xBB\xBFcaf\xE9", "café"),
            ("windows-1252", b"\xEF\xBBa", "ï»a"),
            ("utf-16le", b"\xFF\xFEa\0\x3D\xD8\x00\xDE", "a😀"),
            ("utf-16le", b"\xFFa\0", "\u{61FF}\u{FFFD}"),
            ("utf-16be", b"\xFE\xFF\0a\0\xE9\xD8", "aé\u{FFFD}"),
            ("utf-16be", b"\xD8\x00\0a\0\n", "\u{FFFD}a\n"),
            ("utf-32be", &utf32, "aé\r\n😀"),
            ("utf-32le", b"a\0\0\0\0\xD8\0\0b\0", "a\u{FFFD}\u{FFFD}"),
            ("gb18030", b"\x84\x31\x95\x33a\x81\x30\x81\x30\xC4\xE3\n", "a\u{80}你\n"),
            ("gb18030", b"\x81\x30\x81\n\x84\x31a", "\u{FFFD}0\u{FFFD}\n\u{FFFD}1a"),
            ("shift_jis", b"\x83\x5C\x83\n\x93\xFA", "ソ\u{FFFD}\n日"),
            ("koi8-r", b"\xEB\xCF\xCD", "Ком"),
            ("cp852", b"Gda\xE4sk,\x9D\xA2d\xAB\r\n", "Gdańsk,Łódź\r\n"),
            ("cp857", b"a\xD5b\xE7", "a\u{FFFD}b\u{FFFD}"),
            ("cp437", b"\xEF\xBB\xBF20\xF8C\n\x81", "20°C\nü"),
        ];
        for (label, input, expected) in cases {
            let whole = transcode(Transcoder::new(named(label)), &[input]);
            assert_eq!(String::from_utf8_lossy(&whole.0), expected, "{label}");
            for split in 0..=input.len() {
                let (left, right) = input.split_at(split);
                let parts = transcode(Transcoder::new(named(label)), &[left, right]);
                assert_eq!(parts, whole, "{label} split at {split}");
            }
            let bytewise: Vec<&[u8]> = input.chunks(1).collect();
            assert_eq!(
                transcode(Transcoder::new(named(label)), &bytewise),
                whole,
                "{label} bytewise"
            );
        }
    }

    #[test]
    fn utf8_is_copied() {
        for input in [&b"\xEF\xBBa"[..], b"\xEF\xBB", b"a\xFF"] {
            assert_eq!(transcode(Transcoder::new(Encoding::Utf8), &[input]).0, input);
        }
    }

    #[test]
    fn utf8_is_checked_on_demand() {
        let transcoder = || Transcoder::new(Encoding::Utf8).checked();
        let input = b"\xEF\xBB\xBFa\xFF\n\xE2\x82\xC3\xA9\xF0\x9F";
        let (text, _, malformed) = transcode(transcoder(), &[input]);
        assert_eq!((&text[..], &malformed.offsets[..]), (&input[3..], &[4, 6, 10][..]));
        let bytewise: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(transcode(transcoder(), &bytewise).2, malformed);
        let mut again = transcoder();
        again.push(b"a", true, &mut Vec::new());
        again.push(b"\xFF", true, &mut Vec::new());
        assert_eq!(again.malformed().to_string(), "1 malformed sequence, at byte 0");
    }

    #[test]
    fn malformed_input_is_described() {
        let cases: [(u64, &[u64], &str); 4] = [
            (0, &[], "no malformed sequences"),
            (1, &[7], "1 malformed sequence, at byte 7"),
            (2, &[7, 9], "2 malformed sequences, at bytes 7, 9"),
            (3, &[7, 9], "3 malformed sequences, the first at bytes 7, 9"),
        ];
        for (count, offsets, expected) in cases {
            let offsets = offsets.to_vec();
            assert_eq!(Malformed { count, offsets }.to_string(), expected);
        }
    }

    #[test]
    fn a_transcoder_serves_a_second_stream() {
        let mut out = Vec::new();
        let mut transcoder = Transcoder::new(Encoding::Utf16Le);
        transcoder.push(b"\xFF\xFEa\0\0", true, &mut out);
        assert_eq!(transcoder.malformed().count, 1);
        transcoder.push(b"\xFF\xFEb\0", true, &mut out);
        assert_eq!(transcoder.malformed().count, 0);
        assert_eq!(out, "a\u{FFFD}b".as_bytes());
    }

    #[test]
    fn malformed_input_has_offsets() {
        let cases: [(&str, &[u8], &[u64]); 7] = [
            ("cp857", b"a\xD5\nb\x81\xE7", &[1, 5]),
            ("shift_jis", b"a\x83\n\x93\xFA\x83", &[1, 5]),
            ("utf-16le", b"\xFF\xFEa\0\0\xD8b\0c", &[4, 8]),
            ("utf-32le", b"\0\0\x11\0a\0\0\0b", &[0, 8]),
            ("euc-kr", b"\xEF\xBB\xBF\xFF,\xFF", &[3, 5]),
            ("gb18030", b"\x81\x30\x81\n", &[0, 2]),
            ("windows-1252", b"\x81\x9D\xFF", &[]),
        ];
        for (label, input, offsets) in cases {
            let malformed = transcode(Transcoder::new(named(label)), &[input]).2;
            assert_eq!(
                (malformed.count, &malformed.offsets[..]),
                (offsets.len() as u64, offsets),
                "{label}"
            );
        }
        let many = transcode(Transcoder::new(named("big5")), &[&[0xFF; 20]]).2;
        assert_eq!((many.count, many.offsets), (20, (0..8).collect()));
    }

    /// A label, input, and the offsets in text and input at which its lines start.
    type Places<'a> = (&'a str, &'a [u8], &'a [(u64, u64)]);

    #[test]
    fn lines_have_their_place_in_the_input() {
        let cases: [Places<'_>; 5] = [
            (
                "utf-8",
                b"\xEF\xBB\xBFa\nb\r\nc\rd\r",
                &[(2, 5), (5, 8), (7, 10), (9, 12)],
            ),
            ("windows-1252", b"\xE9\n\n\r\r\n", &[(3, 2), (4, 3), (5, 4), (7, 6)]),
            ("utf-16le", b"\xFF\xFE\xE9\0\r\0\n\0\n\x0A", &[(4, 8)]),
            ("utf-32be", b"\0\0\0\r\0\0\0a\0\0\0\n\n", &[(1, 4), (3, 12)]),
            ("shift_jis", b"\x93\xFA\n\x83\n", &[(4, 3), (8, 5)]),
        ];
        for (label, input, expected) in cases {
            let lines = transcode(Transcoder::new(named(label)), &[input]).1;
            let lines: Vec<_> = lines.iter().map(|line| (line.text, line.input)).collect();
            assert_eq!(lines, expected, "{label}");
        }
    }

    /// Bytes with many line ends, code units of them, lead bytes and marks.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            &b"\n"[..],
            b"\r",
            b"\r\n",
            b"\n\0",
            b"\0\n",
            b"\r\0\n\0",
            b"\0\r\0\n",
            b"\r\0\0\0",
            b"\0\0\0\n",
            b"\0\0\0\r",
            b"\n\0\0\0",
            b"a\0",
            b"\0a",
            b"\0\0\0a",
            b"a\0\0\0",
            b"\xEF\xBB\xBF",
            b"\xFF\xFE",
            b"\xFE\xFF",
            b"\x81\x30",
            b"\x81",
            b"\x83\x5C",
            b"\xD8\0",
            b"\0\xD8",
            b"\x8F\xA1",
            b"\xC4\xE3",
        ]);
        let any_bytes = prop::collection::vec(any::<u8>(), 1..4);
        let piece = prop_oneof![4 => piece.prop_map(<[u8]>::to_vec), 1 => any_bytes];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    /// Where lines start in `text`, found in the text itself.
    fn starts_in(text: &[u8]) -> Vec<u64> {
        let is_end = |i: &usize| text[*i] == b'\n' || (text[*i] == b'\r' && text.get(i + 1) != Some(&b'\n'));
        (0..text.len()).filter(is_end).map(|i| i as u64 + 1).collect()
    }

    proptest! {
        #[test]
        fn any_encoding_any_bytes_any_pieces(
            label in prop::sample::select(LABELS.split(' ').collect::<Vec<_>>()), input in bytes(), piece in 1usize..9, marked: bool,
        ) {
            let encoding = named(label);
            let input = if marked { [encoding.mark(), &input].concat() } else { input };
            let whole = transcode(Transcoder::new(encoding), &[&input]);
            let pieces: Vec<&[u8]> = input.chunks(piece).collect();
            prop_assert_eq!(&transcode(Transcoder::new(encoding), &pieces), &whole);
            let (text, lines, _) = whole;
            let mut pushed = Vec::new();
            Transcoder::new(encoding).push(&input, true, &mut pushed);
            prop_assert_eq!(&pushed, &text);
            prop_assert_eq!(lines.iter().map(|line| line.text).collect::<Vec<_>>(), starts_in(&text));
            for line in lines {
                let rest = transcode(Transcoder::inside(encoding), &[&input[line.input as usize..]]).0;
                prop_assert_eq!(&rest, &text[line.text as usize..]);
            }
        }
    }
}
