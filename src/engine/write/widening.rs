//! Which types can be taken for which without losing a value.

use arrow::datatypes::DataType as T;

/// Whether every value of `from` is a value of `to`.
pub(in crate::engine) fn widens(from: &T, to: &T) -> bool {
    match (from, to) {
        _ if from == to => true,
        (T::Null, _) => true,
        (T::Dictionary(_, values), _) => widens(values, to),
        (T::RunEndEncoded(_, values), _) => widens(values.data_type(), to),
        (T::Utf8 | T::LargeUtf8 | T::Utf8View, T::Utf8 | T::LargeUtf8 | T::Utf8View) => true,
        (T::Binary | T::LargeBinary | T::BinaryView, T::Binary | T::LargeBinary | T::BinaryView) => true,
        (T::Float16, T::Float32 | T::Float64) | (T::Float32, T::Float64) => true,
        (T::List(from) | T::LargeList(from) | T::ListView(from), T::List(to) | T::LargeList(to)) => {
            widens(from.data_type(), to.data_type())
        }
        (T::FixedSizeList(from, count), T::FixedSizeList(to, same)) => {
            count == same && widens(from.data_type(), to.data_type())
        }
        (T::Struct(from), T::Struct(to)) => {
            let same_names = from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from.name() == to.name());
            same_names
                && from
                    .iter()
                    .zip(to)
                    .all(|(from, to)| widens(from.data_type(), to.data_type()))
        }
        _ => match (integer(from), integer(to)) {
            (Some((false, from)), Some((_, to))) if from < to => true,
            (Some((true, from)), Some((true, to))) => from <= to,
            _ => false,
        },
    }
}

/// Whether an integer has a sign, and its width in bits.
fn integer(data_type: &T) -> Option<(bool, u8)> {
    Some(match data_type {
        T::Int8 => (true, 8),
        T::Int16 => (true, 16),
        T::Int32 => (true, 32),
        T::Int64 => (true, 64),
        T::UInt8 => (false, 8),
        T::UInt16 => (false, 16),
        T::UInt32 => (false, 32),
        T::UInt64 => (false, 64),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_without_loss() {
        let yes = [
            (T::Int8, T::Int64),
            (T::UInt8, T::Int16),
            (T::UInt8, T::UInt32),
            (T::Null, T::Date32),
            (T::Float32, T::Float64),
            (T::Utf8View, T::Utf8),
            (T::Dictionary(Box::new(T::Int8), Box::new(T::Utf8)), T::Utf8),
        ];
        for (from, to) in yes {
            assert!(widens(&from, &to), "{from} to {to}");
        }
        let no = [
            (T::Int64, T::Int32),
            (T::UInt64, T::Int64),
            (T::Int8, T::UInt64),
            (T::Int64, T::Float64),
            (T::Utf8, T::Int64),
            (T::Float64, T::Float32),
        ];
        for (from, to) in no {
            assert!(!widens(&from, &to), "{from} to {to}");
        }
    }
}
