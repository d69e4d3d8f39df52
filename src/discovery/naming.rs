//! Names of datasets: the id that plain Flight uses, and the schema and table that SQL uses.

use std::collections::HashSet;

/// The schema of files that lie directly below a location.
pub const ROOT_SCHEMA: &str = "public";

/// The schema that the engine makes itself, in any case.
pub const INFORMATION_SCHEMA: &str = "information_schema";

/// What a dataset is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatasetName {
    /// The path below the location without its suffix: `sales/2024`.
    pub id: String,
    /// The folder, `public` for the location itself: `sales`.
    pub schema: String,
    /// The file's stem: `2024`.
    pub table: String,
}

impl DatasetName {
    fn of(path: &str) -> Self {
        let (schema, table) = path.rsplit_once('/').unwrap_or((ROOT_SCHEMA, path));
        let reserved = schema.eq_ignore_ascii_case(INFORMATION_SCHEMA);
        Self {
            id: path.to_owned(),
            schema: if reserved {
                format!("{schema}_files")
            } else {
                schema.to_owned()
            },
            table: table.to_owned(),
        }
    }

    /// The name of a table that a client calls `table`, in `schema`.
    pub fn in_schema(schema: &str, table: &str) -> Self {
        Self {
            id: match schema {
                ROOT_SCHEMA => table.to_owned(),
                schema => format!("{schema}/{table}"),
            },
            schema: schema.to_owned(),
            table: table.to_owned(),
        }
    }

    /// The name as SQL text that always parses: `"sales"."2024"`.
    pub fn quoted(&self) -> String {
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        match self.schema.as_str() {
            ROOT_SCHEMA => quote(&self.table),
            schema => format!("{}.{}", quote(schema), quote(&self.table)),
        }
    }
}

/// Hands out names so that none is given twice.
#[derive(Debug, Default)]
pub(super) struct Claims {
    ids: HashSet<String>,
    tables: HashSet<(String, String)>,
}

/// A name, and what to say when it is not the one that the file's path suggests.
pub(super) struct Claimed {
    pub(super) name: DatasetName,
    pub(super) warning: Option<String>,
}

impl Claims {
    /// A free name for the file at `path`: its path without the suffix (`stem`), else the whole path, else the whole
    /// path with a number.
    pub(super) fn claim(&mut self, stem: &str, path: &str) -> Claimed {
        if let Some(name) = self.take(DatasetName::of(stem)) {
            return Claimed { name, warning: None };
        }
        let numbered = (2..).map(|number| format!("{path} ({number})"));
        let name = std::iter::once(path.to_owned())
            .chain(numbered)
            .find_map(|candidate| self.take(DatasetName::of(&candidate)))
            .expect("numbers do not run out");
        let warning = match name.id == path {
            true => format!("'{path}' is served under its whole name: the name '{stem}' is taken"),
            false => format!("'{path}' is served as '{}': the name '{stem}' is taken", name.id),
        };
        Claimed {
            name,
            warning: Some(warning),
        }
    }

    fn take(&mut self, name: DatasetName) -> Option<DatasetName> {
        let table = (name.schema.clone(), name.table.clone());
        if self.ids.contains(&name.id) || self.tables.contains(&table) {
            return None;
        }
        self.ids.insert(name.id.clone());
        self.tables.insert(table);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(names: &mut Claims, stem: &str, path: &str) -> (String, String) {
        let claimed = names.claim(stem, path);
        (claimed.name.quoted(), claimed.name.id)
    }

    #[test]
    fn ids_schemas_and_tables() {
        let mut names = Claims::default();
        let pair = |quoted: &str, id: &str| (quoted.to_owned(), id.to_owned());
        assert_eq!(claim(&mut names, "a b.c", "a b.c.csv"), pair("\"a b.c\"", "a b.c"));
        assert_eq!(claim(&mut names, "x/y/z", "x/y/z.csv"), pair("\"x/y\".\"z\"", "x/y/z"));
        assert_eq!(
            claim(&mut names, "say \"hi\"", "say \"hi\".csv"),
            pair("\"say \"\"hi\"\"\"", "say \"hi\"")
        );
        assert_eq!(
            claim(&mut names, "information_schema/t", "information_schema/t.csv"),
            pair("\"information_schema_files\".\"t\"", "information_schema/t")
        );
        // A folder named like the root's schema must not hide the root's files.
        assert_eq!(claim(&mut names, "t", "t.csv"), pair("\"t\"", "t"));
        assert_eq!(
            claim(&mut names, "public/t", "public/t.csv"),
            pair("\"t.csv\"", "public/t.csv")
        );
        assert_eq!(claim(&mut names, "t", "t.csv"), pair("\"t.csv (2)\"", "t.csv (2)"));
    }
}
