//! The options of a session, by name and value, as drivers set and read them.

use std::collections::BTreeMap;

/// How column types are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Types {
    /// Only types that every client reads.
    #[default]
    Client,
    /// Only types that every program behind a client reads, such as Spark and pandas behind JDBC: no time zones, no unsigned
    /// numbers, no decimals of more than 38 digits.
    Plain,
    /// The engine's own, such as string views.
    Native,
}

impl Types {
    /// Reads the name of a choice.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "client" => Some(Self::Client),
            "plain" => Some(Self::Plain),
            "native" => Some(Self::Native),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Plain => "plain",
            Self::Native => "native",
        }
    }
}

/// What a session can set. `None` is the server's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The schema of unqualified names.
    pub schema: Option<String>,
    /// How column types are sent.
    pub types: Option<Types>,
    /// In how many parts rows are offered.
    pub partitions: Option<usize>,
}

/// Why an option was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetError {
    /// There is no option of that name.
    InvalidName,
    /// The option does not take that value.
    InvalidValue,
}

impl Options {
    /// Sets one option to a value in its text form, or back to the default. `catalog` and `schemas` are what there is.
    ///
    /// # Errors
    /// The reason, with the option left as it was.
    pub fn set(
        &mut self,
        name: &str,
        value: Option<&str>,
        catalog: &str,
        has_schema: impl Fn(&str) -> bool,
    ) -> Result<(), SetError> {
        match name.to_ascii_lowercase().as_str() {
            // There is one catalog: to name it, or none, is right and changes nothing.
            "catalog" => match value {
                None => Ok(()),
                Some(value) if value.is_empty() || value == catalog => Ok(()),
                Some(_) => Err(SetError::InvalidValue),
            },
            "schema" => set(&mut self.schema, value, |value| {
                has_schema(value).then(|| value.to_owned())
            }),
            "types" => set(&mut self.types, value, Types::parse),
            "partitions" => set(&mut self.partitions, value, |value| {
                value.parse().ok().filter(|count| *count > 0)
            }),
            _ => Err(SetError::InvalidName),
        }
    }

    /// All options as text, defaults included.
    pub fn all(&self, catalog: &str, schema: &str) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("catalog", catalog.to_owned()),
            ("schema", self.schema.clone().unwrap_or_else(|| schema.to_owned())),
            ("types", self.types.unwrap_or_default().name().to_owned()),
            ("partitions", self.partitions.unwrap_or(1).to_string()),
        ])
    }
}

fn set<T>(option: &mut Option<T>, value: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<(), SetError> {
    *option = match value {
        None => None,
        Some(value) => Some(parse(value).ok_or(SetError::InvalidValue)?),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_unset_and_refused() {
        let mut options = Options::default();
        let mut set = |name: &str, value: Option<&str>| {
            let done = options.set(name, value, "flightstream", |schema| schema == "sales");
            (done, options.clone())
        };
        assert_eq!(set("catalog", Some("flightstream")).0, Ok(()));
        assert_eq!(set("catalog", Some("other")).0, Err(SetError::InvalidValue));
        assert_eq!(set("schema", Some("sales")).1.schema.as_deref(), Some("sales"));
        assert_eq!(set("schema", Some("none")).0, Err(SetError::InvalidValue));
        assert_eq!(set("Types", Some("NATIVE")).1.types, Some(Types::Native));
        assert_eq!(set("types", Some("plain")).1.types, Some(Types::Plain));
        assert_eq!(set("types", Some("odd")).0, Err(SetError::InvalidValue));
        assert_eq!(set("types", Some("native")).1.types, Some(Types::Native));
        assert_eq!(set("partitions", Some("4")).1.partitions, Some(4));
        assert_eq!(set("partitions", Some("0")).0, Err(SetError::InvalidValue));
        assert_eq!(set("colour", Some("red")).0, Err(SetError::InvalidName));
        let (_, after) = set("schema", None);
        assert_eq!(after.schema, None);
        let all = after.all("flightstream", "public");
        let pairs: Vec<_> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = [
            ("catalog", "flightstream"),
            ("partitions", "4"),
            ("schema", "public"),
            ("types", "native"),
        ];
        assert_eq!(pairs, expected);
    }
}
