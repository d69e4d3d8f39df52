//! A Parquet footer as the values that it is made of, in Thrift's compact protocol: whether it is whole, and asks for no more
//! memory than it can fill. What the values say is for the reader.

use super::flaw::Flaw;

/// Lists, maps and structs may stand in each other this deep; the reader of Parquet knows half as many levels.
const MAX_LEVELS: usize = 64;

/// Groups of columns may stand in each other this deep: they are walked by recursion.
const MAX_GROUPS: usize = 100;

/// More row groups than the format can number.
const MAX_ROW_GROUPS: usize = 1 << 15;

/// Numbers of the fields that are looked at.
const SCHEMA: i16 = 2;
const ROW_GROUPS: i16 = 4;
const CHILDREN: i16 = 5;

/// Types of values.
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

type Outcome<T = ()> = Result<T, Flaw>;

/// Looks at a whole footer.
pub(super) fn check(footer: &[u8]) -> Outcome {
    let mut rest = Rest(footer);
    rest.fields(|rest, id, kind| match (id, kind) {
        (SCHEMA, LIST) => rest.schema(),
        (ROW_GROUPS, LIST) if Rest(rest.0).list()?.0 > MAX_ROW_GROUPS => Err(Flaw::Footer),
        _ => rest.value(kind, MAX_LEVELS),
    })
}

/// What was not looked at yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Outcome<u8> {
        let (first, rest) = self.0.split_first().ok_or(Flaw::Footer)?;
        self.0 = rest;
        Ok(*first)
    }

    fn skip(&mut self, count: u64) -> Outcome {
        let count = usize::try_from(count).map_err(|_| Flaw::Footer)?;
        self.0 = self.0.get(count..).ok_or(Flaw::Footer)?;
        Ok(())
    }

    /// A number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Outcome<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Flaw::Footer)
    }

    /// A number whose lowest bit is its sign.
    fn signed(&mut self) -> Outcome<i64> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// How many elements a list has, and of which type; there are as many bytes at least.
    fn list(&mut self) -> Outcome<(usize, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.number()?,
            few => few.into(),
        };
        let count = usize::try_from(count).map_err(|_| Flaw::Footer)?;
        match count <= self.0.len() {
            true => Ok((count, head & 0x0f)),
            false => Err(Flaw::Footer),
        }
    }

    /// The fields of a struct: their numbers and their types.
    fn fields(&mut self, mut field: impl FnMut(&mut Self, i16, u8) -> Outcome) -> Outcome {
        let mut id = 0i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(());
            }
            id = match i16::from(head >> 4) {
                0 => i16::try_from(self.signed()?).map_err(|_| Flaw::Footer)?,
                step => id.checked_add(step).ok_or(Flaw::Footer)?,
            };
            field(self, id, kind)?;
        }
    }

    /// A value of a field.
    fn value(&mut self, kind: u8, levels: usize) -> Outcome {
        let levels = levels.checked_sub(1).ok_or(Flaw::Footer)?;
        match kind {
            // Truth values: the type says which.
            1 | 2 => Ok(()),
            BYTE => self.skip(1),
            I16 | I32 | I64 => self.number().map(drop),
            DOUBLE => self.skip(8),
            BINARY => self.number().and_then(|length| self.skip(length)),
            LIST | SET => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.element(kind, levels))
            }
            MAP => self.map(levels),
            STRUCT => self.fields(|rest, _, kind| rest.value(kind, levels)),
            _ => Err(Flaw::Footer),
        }
    }

    /// A value of a list. A truth value has a byte here.
    fn element(&mut self, kind: u8, levels: usize) -> Outcome {
        match kind {
            1 | 2 => self.skip(1),
            kind => self.value(kind, levels),
        }
    }

    fn map(&mut self, levels: usize) -> Outcome {
        let count = self.number()?;
        if count == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        if count > self.0.len() as u64 {
            return Err(Flaw::Footer);
        }
        (0..count).try_for_each(|_| {
            self.element(kinds >> 4, levels)?;
            self.element(kinds & 0x0f, levels)
        })
    }

    /// The columns, each group in front of what is in it. The reader makes room for the children that a group says it has.
    fn schema(&mut self) -> Outcome {
        let (count, kind) = self.list()?;
        if kind != STRUCT {
            return Err(Flaw::Footer);
        }
        // The groups that one is in, with how many of their children are still to come.
        let mut groups: Vec<usize> = Vec::new();
        for _ in 0..count {
            while groups.last() == Some(&0) {
                groups.pop();
            }
            if let Some(to_come) = groups.last_mut() {
                *to_come -= 1;
            }
            let children = usize::try_from(self.children()?).map_err(|_| Flaw::Footer)?;
            if children > count {
                return Err(Flaw::Footer);
            }
            groups.push(children);
            if groups.len() > MAX_GROUPS {
                return Err(Flaw::Deep(MAX_GROUPS));
            }
        }
        Ok(())
    }

    /// How many children one of the columns has.
    fn children(&mut self) -> Outcome<i64> {
        let mut children = 0;
        self.fields(|rest, id, kind| match (id, kind) {
            (CHILDREN, I32) => rest.signed().map(|count| children = count),
            _ => rest.value(kind, MAX_LEVELS),
        })?;
        Ok(children)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer of these columns, each with so many children, and nothing else.
    fn schema(children: &[i64]) -> Vec<u8> {
        let mut footer = vec![0x29, 0xfc];
        number(children.len() as u64, &mut footer);
        for &count in children {
            footer.push(0x55);
            number(((count << 1) ^ (count >> 63)).cast_unsigned(), &mut footer);
            footer.push(0);
        }
        footer.push(0);
        footer
    }

    fn number(mut number: u64, to: &mut Vec<u8>) {
        while number >= 0x80 {
            to.push((number as u8) | 0x80);
            number >>= 7;
        }
        to.push(number as u8);
    }

    #[test]
    fn columns_stand_in_each_other_as_deep_as_they_may() {
        assert_eq!(check(&schema(&[2, 0, 2, 0, 0])), Ok(()));
        let chain = |levels: usize| schema(&[vec![1; levels - 1], vec![0]].concat());
        assert_eq!(check(&chain(100)), Ok(()));
        for levels in [101, 1000, 1_000_000] {
            let outcome = check(&chain(levels));
            assert_eq!(outcome, Err(Flaw::Deep(MAX_GROUPS)));
        }
        let said = Flaw::Deep(MAX_GROUPS).to_string();
        assert_eq!(said, "its columns are nested more than 100 levels deep");
        // Many beside each other are none in each other.
        assert_eq!(check(&schema(&[vec![5000], vec![0; 5000]].concat())), Ok(()));
    }

    #[test]
    fn nothing_asks_for_more_than_there_is() {
        for children in [-1, 3, i64::from(i32::MAX), i64::MAX, i64::MIN] {
            assert_eq!(check(&schema(&[children, 0])), Err(Flaw::Footer), "{children}");
        }
        let damaged: [&[u8]; 9] = [
            b"",
            b"\x49\xfc\xff\xff\xff\xff\x07\x00", // a list of 2^31 - 1 row groups
            b"\x29\xfc\xff\xff\xff\xff\x07\x00", // of columns
            b"\x18\xff\xff\xff\xff\x0f\x00",     // a text that is longer than the footer
            b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00", // a number of too many bits
            b"\x1b\xff\xff\xff\xff\x07\x88\x00", // a map
            b"\x1f\x00",                         // a type that there is not
            b"\x15",
            b"\x15\x80",
        ];
        for footer in damaged {
            assert_eq!(check(footer), Err(Flaw::Footer), "{footer:?}");
        }
        let nested = [vec![0x1c; 100_000], vec![0; 100_001]].concat();
        assert_eq!(check(&nested), Err(Flaw::Footer));
        let whole: [&[u8]; 3] = [
            b"\x00",
            b"\x15\x02\x18\x03abc\x11\x12\x00",
            b"\x19\x21\x01\x02\x1712345678\x13\x01\x00",
        ];
        for footer in whole {
            assert_eq!(check(footer), Ok(()), "{footer:?}");
        }
    }
}
