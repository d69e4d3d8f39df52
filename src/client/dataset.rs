//! What a server says about a dataset, and what can be asked of one.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::{FlightDescriptor, FlightInfo};
use serde::Serialize;

use super::error::{Error, Result};

/// One dataset of a server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Dataset {
    /// The name by which it is asked for.
    pub id: String,
    /// Its rows, if the server has counted them.
    pub rows: Option<u64>,
    /// Its size in bytes where it is stored, if the server knows it.
    pub bytes: Option<u64>,
    /// Its columns; without fields if the server did not send them.
    pub schema: SchemaRef,
    /// What the server says about it in words: the answer's application metadata if that is a line of text, or else the
    /// schema's metadata under `description`.
    pub description: Option<String>,
}

impl Dataset {
    /// Reads the server's answer about `id`.
    pub(super) fn from_info(id: String, info: &FlightInfo) -> Result<Self> {
        let schema = schema_of(info)?.unwrap_or_else(|| Arc::new(Schema::empty()));
        let description = line_of_text(&info.app_metadata)
            .or_else(|| schema.metadata().get("description").map(String::as_str))
            .map(str::to_owned);
        Ok(Self {
            id,
            rows: u64::try_from(info.total_records).ok(),
            bytes: u64::try_from(info.total_bytes).ok(),
            schema,
            description,
        })
    }
}

fn line_of_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
}

/// The id of a listed flight; `None` for one that is known by a command only.
pub(super) fn listed_id(info: &FlightInfo) -> Option<String> {
    let path = &info.flight_descriptor.as_ref()?.path;
    (!path.is_empty()).then(|| path.join("/"))
}

/// The schema in an answer; `None` if the server left it out.
pub(super) fn schema_of(info: &FlightInfo) -> Result<Option<SchemaRef>> {
    if info.schema.is_empty() {
        return Ok(None);
    }
    let bytes = arrow_flight::IpcMessage(info.schema.clone());
    let schema = Schema::try_from(bytes).map_err(|error| Error::Protocol(format!("unreadable schema: {error}")))?;
    Ok(Some(Arc::new(schema)))
}

/// A part of a dataset: some of its columns, the rows that pass a filter, the first so many of them.
///
/// ```
/// # use flightstream::client::DatasetQuery;
/// let query = DatasetQuery::new("sales/2024").columns(["region", "amount"]).filter("amount > 100").limit(10);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DatasetQuery {
    #[serde(rename = "dataset")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
}

impl DatasetQuery {
    /// The whole dataset `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Only these columns, in this order.
    pub fn columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Only the rows for which this SQL expression over the columns is true.
    pub fn filter(mut self, expression: impl Into<String>) -> Self {
        self.filter = Some(expression.into());
        self
    }

    /// At most this many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// The descriptor that asks for it: a path for the whole dataset, a JSON command for a part.
    pub(super) fn descriptor(&self) -> FlightDescriptor {
        if self.columns.is_none() && self.filter.is_none() && self.limit.is_none() {
            return FlightDescriptor::new_path(vec![self.id.clone()]);
        }
        FlightDescriptor::new_cmd(serde_json::to_vec(self).expect("strings and numbers are always JSON"))
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn unknown_counts_are_none_and_known_ones_are_not() {
        let schema = Schema::new_with_metadata(
            vec![Field::new("a", DataType::Int64, true)],
            [("description".to_owned(), "daily counts".to_owned())].into(),
        );
        let info = FlightInfo::new().try_with_schema(&schema).unwrap();
        let unknown = Dataset::from_info("d".into(), &info).unwrap();
        assert_eq!((unknown.rows, unknown.bytes), (None, None));
        assert_eq!(unknown.description.as_deref(), Some("daily counts"));
        assert_eq!(*unknown.schema, schema);

        let info = info.with_total_records(0).with_total_bytes(17);
        let known = Dataset::from_info("d".into(), &info).unwrap();
        assert_eq!((known.rows, known.bytes), (Some(0), Some(17)));
    }

    #[test]
    fn a_description_is_text_or_nothing() {
        let described = |metadata: &[u8]| {
            let info = FlightInfo::new().with_app_metadata(metadata.to_vec());
            Dataset::from_info("d".into(), &info).unwrap().description
        };
        assert_eq!(
            described("csv, comma, héader".as_bytes()).as_deref(),
            Some("csv, comma, héader")
        );
        for metadata in [&b""[..], b"\xff", b"\0\x01", b"two\nlines"] {
            assert_eq!(described(metadata), None, "{metadata:?}");
        }
    }

    #[test]
    fn a_schema_that_was_left_out_is_empty_and_a_broken_one_an_error() {
        let mut info = FlightInfo::new();
        assert!(
            Dataset::from_info("d".into(), &info)
                .unwrap()
                .schema
                .fields()
                .is_empty()
        );
        info.schema = b"not a schema".as_slice().into();
        assert!(matches!(Dataset::from_info("d".into(), &info), Err(Error::Protocol(_))));
    }

    #[test]
    fn an_id_is_the_path_of_the_descriptor() {
        let path = |parts: &[&str]| {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            FlightInfo::new().with_descriptor(FlightDescriptor::new_path(parts))
        };
        assert_eq!(listed_id(&path(&["sales/2024"])).as_deref(), Some("sales/2024"));
        assert_eq!(listed_id(&path(&["sales", "2024"])).as_deref(), Some("sales/2024"));
        assert_eq!(listed_id(&path(&[])), None);
        assert_eq!(listed_id(&FlightInfo::new()), None);
    }

    #[test]
    fn a_part_is_asked_for_with_what_was_said_and_nothing_else() {
        let whole = DatasetQuery::new("sales/2024").descriptor();
        assert_eq!(whole.path, ["sales/2024"]);

        let part = DatasetQuery::new("d").columns(["a", "b c"]).filter("a > 'x'").limit(0);
        assert_eq!(
            part.descriptor().cmd.as_ref(),
            br#"{"dataset":"d","columns":["a","b c"],"filter":"a > 'x'","limit":0}"#
        );
        let rows = DatasetQuery::new("d").limit(5).descriptor();
        assert_eq!(rows.cmd.as_ref(), br#"{"dataset":"d","limit":5}"#);
    }
}
