//! Header cells that a stray sign has made: one too many, or a name torn in two.

use crate::value::words;

/// What may stand around names and is none.
const QUOTES: &[u8] = b"\"";

/// Makes a header with too many cells as wide as the records behind it, which have all this number, if it is plain what is
/// too much: the only empty cell, not at the end; a quote alone; the only blank that is behind a delimiter, which is in a name;
/// or the only quote that opens or closes nothing, which has torn a name with delimiters in it.
pub(super) fn mend(header: &mut Vec<Vec<u8>>, width: usize, delimiter: &[u8]) {
    let Some(surplus) = header.len().checked_sub(width).filter(|surplus| *surplus > 0) else {
        return;
    };
    let only = |is_it: &dyn Fn(&[u8]) -> bool| {
        let mut found = (0..header.len()).filter(|&at| is_it(&header[at]));
        found.next().filter(|_| found.next().is_none())
    };
    let empty = only(&|cell| words::trim(cell).is_empty()).filter(|&at| at < width);
    let quote = only(&|cell| is_quote(words::trim(cell)));
    let blank = only(&|cell| cell.first() == Some(&b' ') && !words::trim(cell).is_empty()).filter(|&at| at > 0);
    let torn = only(&|cell| has_one_quote(words::trim(cell)));
    if surplus == 1
        && let Some(at) = empty.or(quote)
    {
        header.remove(at);
    } else if let Some(at) = torn {
        let opens = words::trim(&header[at])
            .first()
            .is_some_and(|byte| QUOTES.contains(byte));
        let first = if opens { Some(at) } else { at.checked_sub(surplus) };
        join(header, first, surplus, delimiter, true);
    } else if surplus == 1 {
        join(header, blank.map(|at| at - 1), surplus, delimiter, false);
    }
}

/// Makes one name of the cell at `first` and so many behind it, if they are there; perhaps without the quote.
fn join(header: &mut Vec<Vec<u8>>, first: Option<usize>, surplus: usize, delimiter: &[u8], is_torn: bool) {
    let Some(first) = first.filter(|first| first + surplus < header.len()) else {
        return;
    };
    let cells: Vec<Vec<u8>> = header.drain(first..=first + surplus).collect();
    let mut name = cells.join(delimiter);
    name.retain(|byte| !(is_torn && QUOTES.contains(byte)));
    header.insert(first, name);
}

/// Whether a cell is a quote and nothing else.
fn is_quote(cell: &[u8]) -> bool {
    matches!(cell, [byte] if QUOTES.contains(byte))
}

/// Whether a cell has a single quote, at its start or end, and something else.
fn has_one_quote(cell: &[u8]) -> bool {
    let is_quote = |byte: &u8| QUOTES.contains(byte);
    let at_end = cell.first().is_some_and(is_quote) || cell.last().is_some_and(is_quote);
    cell.len() > 1 && at_end && cell.iter().filter(|byte| is_quote(byte)).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_with_too_many_cells() {
        let cases = [
            ("id|n||m", 3, "id|n|m"),
            ("id|n|\"|m", 3, "id|n|m"),
            ("id|last| first|m", 3, "id|last, first|m"),
            ("id|\"last|first|m", 3, "id|last,first|m"),
            ("id|last|first\"|m", 3, "id|last,first|m"),
            ("id|\"street| no|town|m", 3, "id|street, no,town|m"),
            // It is not plain which one is too much, or none is.
            ("id|n||m", 4, "id|n||m"),
            ("id|||m", 3, "id|||m"),
            ("id|n|m|", 3, "id|n|m|"),
            ("id|n|o|m", 3, "id|n|o|m"),
            ("id|#|n|m", 3, "id|#|n|m"),
            ("id| n| m|o", 3, "id| n| m|o"),
            ("id|5\" pipe|n|m", 3, "id|5\" pipe|n|m"),
            ("id|\"n|\"o|m", 3, "id|\"n|\"o|m"),
            ("id|n|m|\"o", 3, "id|n|m|\"o"),
            ("id\"|n|m|o", 3, "id\"|n|m|o"),
        ];
        for (header, width, expected) in cases {
            let mut cells: Vec<Vec<u8>> = header.split('|').map(|cell| cell.as_bytes().to_vec()).collect();
            mend(&mut cells, width, b",");
            let found = String::from_utf8(cells.join(&b'|')).unwrap();
            assert_eq!(found, expected, "{header:?}, {width}");
        }
    }
}
