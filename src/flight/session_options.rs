//! The actions on a session: `SetSessionOptions`, `GetSessionOptions`, `CloseSession`. Their bodies are bare messages, and
//! `arrow-flight` does not generate them: they are written here after Flight.proto.

use std::collections::HashMap;

use bytes::Bytes;
use prost::{Enumeration, Message, Oneof};

use super::FlightGateway;
use crate::catalog::CATALOG;
use crate::discovery::naming::{INFORMATION_SCHEMA, ROOT_SCHEMA};
use crate::error::{Error, Result};
use crate::request::RequestContext;
use crate::session::SetError;

#[derive(Clone, PartialEq, Message)]
struct SessionOptionValue {
    #[prost(oneof = "OptionValue", tags = "1, 2, 3, 4, 5")]
    value: Option<OptionValue>,
}

#[derive(Clone, PartialEq, Oneof)]
enum OptionValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(sfixed64, tag = "3")]
    Integer(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    List(StringList),
}

#[derive(Clone, PartialEq, Message)]
struct StringList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct SetRequest {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Message)]
struct SetResult {
    #[prost(map = "string, message", tag = "1")]
    errors: HashMap<String, SetFailure>,
}

#[derive(Clone, PartialEq, Message)]
struct SetFailure {
    #[prost(enumeration = "SetFailureKind", tag = "1")]
    value: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
enum SetFailureKind {
    Unspecified = 0,
    InvalidName = 1,
    InvalidValue = 2,
    Error = 3,
}

#[derive(Clone, PartialEq, Message)]
struct GetResult {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Message)]
struct CloseResult {
    #[prost(enumeration = "CloseStatus", tag = "1")]
    status: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
enum CloseStatus {
    Unspecified = 0,
    Closed = 1,
    Closing = 2,
    NotCloseable = 3,
}

impl FlightGateway {
    /// Sets what can be set, and says of the rest why not.
    pub(super) fn set_session_options(&self, body: &Bytes, context: &RequestContext) -> Result<Bytes> {
        let request: SetRequest = decoded(body)?;
        let snapshot = self.engine.visible(context);
        let schemas = snapshot.schemas();
        // Those about the tables, too, which nobody lists.
        let has_schema = |name: &str| schemas.contains(name) || [INFORMATION_SCHEMA, CATALOG].contains(&name);
        let mut errors = HashMap::new();
        let session = context.open_session();
        let session = session.ok_or_else(|| Error::internal("a request came without a session"))?;
        session.set(|options| {
            for (name, value) in request.options {
                let set = match text(value.value) {
                    Ok(value) => options.set(&name, value.as_deref(), CATALOG, has_schema),
                    Err(error) => Err(error),
                };
                if let Err(error) = set {
                    errors.insert(name, failure(error));
                }
            }
        });
        Ok(SetResult { errors }.encode_to_vec().into())
    }

    /// All options, defaults included.
    pub(super) fn get_session_options(&self, context: &RequestContext) -> Bytes {
        let options = context.session_options();
        let options = options.all(CATALOG, ROOT_SCHEMA).into_iter().map(|(name, value)| {
            let value = Some(OptionValue::Text(value));
            (name.to_owned(), SessionOptionValue { value })
        });
        let result = GetResult {
            options: options.collect(),
        };
        result.encode_to_vec().into()
    }

    pub(super) fn close_session(&self, context: &RequestContext) -> Bytes {
        context.close_session();
        let result = CloseResult {
            status: CloseStatus::Closed.into(),
        };
        result.encode_to_vec().into()
    }
}

/// A bare message of Flight.
pub(super) fn decoded<M: Message + Default>(body: &Bytes) -> Result<M> {
    M::decode(body.clone()).map_err(|error| Error::invalid("the action's body is malformed").with_source(error))
}

/// A value in its text form, which FlightSql.rst asks servers to take for any type; `None` to unset the option.
fn text(value: Option<OptionValue>) -> Result<Option<String>, SetError> {
    match value {
        None => Ok(None),
        Some(OptionValue::Text(text)) => Ok(Some(text)),
        Some(OptionValue::Bool(value)) => Ok(Some(value.to_string())),
        Some(OptionValue::Integer(value)) => Ok(Some(value.to_string())),
        Some(OptionValue::Double(value)) => Ok(Some(value.to_string())),
        Some(OptionValue::List(_)) => Err(SetError::InvalidValue),
    }
}

fn failure(error: SetError) -> SetFailure {
    let kind = match error {
        SetError::InvalidName => SetFailureKind::InvalidName,
        SetError::InvalidValue => SetFailureKind::InvalidValue,
    };
    SetFailure { value: kind.into() }
}
