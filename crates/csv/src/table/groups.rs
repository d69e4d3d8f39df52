//! Names of groups of columns, above the names of the columns: `control,,treated,` over `x,y,x,y`.
//!
//! A sheet in which cells were merged has the name of a group in the first of its columns, and nothing in the others.

use crate::value::words;

/// The rows of a header, from top to bottom, with the name of each group over all of its columns.
///
/// A name holds for the empty cells to its right, up to the next name or the end of the group that it is in, where a row
/// below has a name. The last row names columns, not groups; nor does a row that says a name twice in succession.
pub(super) fn carried(rows: &[Vec<&[u8]>]) -> Vec<Vec<Vec<u8>>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: usize, column: usize| rows[row].get(column).copied().unwrap_or_default();
    // For each column where the innermost group begins that it is in.
    let mut groups = vec![0; width];
    let mut carried = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        let is_named = |column: usize| (row + 1..rows.len()).any(|below| !cell(below, column).is_empty());
        let is_last = row + 1 == rows.len();
        let names_groups =
            !is_last && (1..width).all(|at| cell(row, at).is_empty() || cell(row, at) != cell(row, at - 1));
        let mut texts: Vec<Vec<u8>> = Vec::with_capacity(width);
        let mut starts = vec![0; width];
        for column in 0..width {
            let before = column.checked_sub(1).filter(|&before| groups[before] == groups[column]);
            let goes_on = cell(row, column).is_empty() && names_groups && is_named(column);
            let before = before.filter(|&before| goes_on && !texts[before].is_empty());
            starts[column] = before.map_or(column, |before| starts[before]);
            texts.push(before.map_or_else(|| cell(row, column).to_vec(), |before| texts[before].clone()));
        }
        groups = starts;
        carried.push(texts);
    }
    carried
}

/// Whether a row has names below groups of the row above and nowhere else: in all columns of a group of several.
/// `,home,work,` does below `name,phone,,note`.
pub(super) fn is_below_groups(above: &[Vec<u8>], row: &[Vec<u8>]) -> bool {
    let is_filled = |cells: &[Vec<u8>], at: usize| cells.get(at).is_some_and(|cell| !words::trim(cell).is_empty());
    let width = (0..above.len().max(row.len())).rposition(|at| is_filled(above, at) || is_filled(row, at));
    let width = width.map_or(0, |last| last + 1);
    let named: Vec<usize> = (0..width).filter(|&at| is_filled(above, at)).collect();
    let ends = named.iter().skip(1).copied().chain([width]);
    let mut groups = named.iter().zip(ends);
    let is_named_below =
        |(&start, end): (&usize, usize)| (start..end).all(|at| is_filled(row, at) == (end - start > 1));
    named.len() < width
        && (0..named.first().copied().unwrap_or(width)).all(|at| !is_filled(row, at))
        && groups.all(is_named_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<&[u8]>> {
        let rows = text.split('/').map(|row| row.split(',').map(str::as_bytes).collect());
        rows.collect()
    }

    #[test]
    fn a_name_of_a_group_holds_for_all_of_its_columns() {
        let cases = [
            ("c,,t,/x,y,x,y", "c,c,t,t/x,y,x,y"),
            (",c,,t,/id,x,y,x,y", ",c,c,t,t/id,x,y,x,y"),
            ("o,s,,,,c/,j,,n,,/,h,f,h,f,y", "o,s,s,s,s,c/,j,j,n,n,/,h,f,h,f,y"),
            ("c,,t,/x,y,x,", "c,c,t,/x,y,x,"),
            ("h,h,,/m,ft,in,s", "h,h,,/m,ft,in,s"),
            ("a,,b", "a,,b"),
            ("a,b,c/x,,z", "a,b,c/x,,z"),
        ];
        for (text, expected) in cases {
            let found: Vec<String> = carried(&rows(text))
                .iter()
                .map(|row| String::from_utf8(row.join(&b',')).unwrap())
                .collect();
            assert_eq!(found.join("/"), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_below_groups() {
        let cases = [
            ("name,phone,,note/,home,work,", true),
            ("phone,,note/home,work,", true),
            ("a,,b,/x,y,x,y", true),
            ("name,phone,,note/,home,,", false),
            ("name,phone,,note/x,home,work,", false),
            ("name,phone,,note/,home,work,x", false),
            (",phone,/x,home,work", false),
            ("name,phone,note/,,", false),
            ("name,phone,note/,x,", false),
            ("name,phone,,/,home,work,", true),
            (",,phone,,note/,,home,work,", true),
            ("name,,/,,", false),
        ];
        for (text, expected) in cases {
            let rows: Vec<Vec<Vec<u8>>> = rows(text)
                .iter()
                .map(|row| row.iter().map(|cell| cell.to_vec()).collect())
                .collect();
            assert_eq!(is_below_groups(&rows[0], &rows[1]), expected, "{text}");
        }
    }
}
