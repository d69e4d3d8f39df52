//! Which known name was meant: the same but for case, the nearest, or a few to choose from.

use std::collections::HashMap;

/// At least this similar (1 is equal) to be proposed.
const SIMILAR: f64 = 0.8;

/// At most so many names are listed.
const LISTED: usize = 6;

/// What a typed name is among the known ones.
#[derive(Debug, PartialEq)]
pub enum Lookup {
    /// As typed, or the only one that differs by case alone.
    One(String),
    /// These differ by case alone, and none is as typed.
    Several(Vec<String>),
    /// None.
    Nothing,
}

/// True when two names differ by case at most.
pub fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || (!(one.is_ascii() && other.is_ascii()) && folded(one) == folded(other))
}

/// What names that differ by case alone have in common.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The spellings of many names, under what they have in common.
#[derive(Default)]
pub struct Spellings(HashMap<String, Vec<String>>);

impl Spellings {
    /// Adds a spelling.
    pub fn add(&mut self, name: &str) {
        let spellings = self.0.entry(folded(name)).or_default();
        if !spellings.iter().any(|known| known == name) {
            spellings.push(name.to_owned());
        }
    }

    /// Whether this very spelling is there.
    pub fn has(&self, name: &str) -> bool {
        let spellings = self.0.get(&folded(name));
        spellings.is_some_and(|spellings| spellings.iter().any(|known| known == name))
    }

    /// The spelling of a name that has one alone.
    pub fn only(&self, name: &str) -> Option<&String> {
        match self.0.get(&folded(name))?.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// As [`find`], for whoever looks for many.
    pub fn find(&self, typed: &str) -> Lookup {
        let spellings = self.0.get(&folded(typed)).map_or(&[] as &[_], Vec::as_slice);
        find(typed, spellings.iter().map(String::as_str))
    }
}

impl<'a> FromIterator<&'a str> for Spellings {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> Self {
        let mut spellings = Self::default();
        names.into_iter().for_each(|name| spellings.add(name));
        spellings
    }
}

/// Finds `typed` among `known`: exactly as typed first, else the one that differs by case alone.
pub fn find<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Lookup {
    let mut fits: Vec<&str> = Vec::new();
    for name in known {
        if name == typed {
            return Lookup::One(typed.to_owned());
        }
        if same(name, typed) && !fits.contains(&name) {
            fits.push(name);
        }
    }
    match fits.as_slice() {
        [] => Lookup::Nothing,
        [one] => Lookup::One((*one).to_owned()),
        several => Lookup::Several(several.iter().map(|name| (*name).to_owned()).collect()),
    }
}

/// `; did you mean 'trips'?`, or which there are.
pub fn proposal<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.dedup();
    proposed(
        typed,
        &known,
        |at| format!("'{}'", known[at]),
        |at| format!("'{}'", known[at]),
    )
}

/// The one of `known` that was meant, `written` as it is to be typed; or which there are, as they are `listed`.
pub fn proposed(
    typed: &str,
    known: &[&str],
    written: impl Fn(usize) -> String,
    listed: impl Fn(usize) -> String,
) -> String {
    match nearest(typed, known) {
        Some(at) => format!("; did you mean {}?", written(at)),
        None if known.is_empty() => String::new(),
        None => format!("; there is {}", enumerated(known.len(), listed)),
    }
}

/// Which of `known` was meant, if one is near enough.
pub fn nearest(typed: &str, known: &[&str]) -> Option<usize> {
    let scored = known.iter().enumerate().map(|(at, name)| (similarity(typed, name), at));
    // The first of the best, so that the same mistake gets the same answer.
    let best = scored.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
    (best.0 >= SIMILAR).then_some(best.1)
}

/// A table of another schema is proposed with its schema; it is the last part that is alike.
fn similarity(typed: &str, name: &str) -> f64 {
    let (typed, whole) = (folded(typed), folded(name));
    let last = whole.rsplit_once('.').map_or(whole.as_str(), |(_, last)| last);
    let within = typed.chars().count() > 2 && (whole.contains(&typed) || typed.contains(last) && last.len() > 2);
    let close = strsim::jaro_winkler(&typed, &whole).max(strsim::jaro_winkler(&typed, last));
    if within { close.max(SIMILAR) } else { close }
}

/// `'a', 'b' and 3 more`.
pub fn listed(names: &[&str]) -> String {
    enumerated(names.len(), |at| format!("'{}'", names[at]))
}

/// The first of `count` things, and how many more there are.
fn enumerated(count: usize, written: impl Fn(usize) -> String) -> String {
    let shown = (0..count.min(LISTED)).map(written).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_typed_comes_first_and_case_alone_second() {
        let known = ["Price", "price", "Tag", "ÄPFEL"];
        for (typed, found) in [
            ("price", Lookup::One("price".into())),
            ("TAG", Lookup::One("Tag".into())),
            ("äpfel", Lookup::One("ÄPFEL".into())),
            ("PRICE", Lookup::Several(vec!["Price".into(), "price".into()])),
            ("cost", Lookup::Nothing),
        ] {
            assert_eq!(find(typed, known), found, "{typed}");
            assert_eq!(Spellings::from_iter(known).find(typed), found, "{typed}");
        }
    }

    #[test]
    fn the_nearest_is_proposed_or_some_are_listed() {
        let known = ["trip_id", "fare", "distance_km", "sales.orders"];
        for (typed, said) in [
            ("fair", "; did you mean 'fare'?"),
            ("TripID", "; did you mean 'trip_id'?"),
            ("distance", "; did you mean 'distance_km'?"),
            ("order", "; did you mean 'sales.orders'?"),
            ("weather", "; there is 'trip_id', 'fare', 'distance_km', 'sales.orders'"),
        ] {
            assert_eq!(proposal(typed, known), said);
        }
        let many = ["a", "b", "c", "d", "e", "f", "g", "h"];
        assert_eq!(
            proposal("zzz", many),
            "; there is 'a', 'b', 'c', 'd', 'e', 'f' and 2 more"
        );
        assert_eq!(proposal("zzz", []), "");
    }
}
