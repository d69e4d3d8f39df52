//! The description of the Flight service that reflection hands out, so that generic tools (grpcurl and the like) can list
//! and call it. `arrow-flight` ships none: this is Flight.proto as data, a row a message.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet, MethodDescriptorProto, OneofDescriptorProto, ServiceDescriptorProto,
};

const PACKAGE: &str = "arrow.flight.protocol";
const TIMESTAMP: &str = ".google.protobuf.Timestamp";

/// A field: name, number, and type as Flight.proto has it (a scalar's name, or a message's or enumeration's of this package).
type FieldRow = (&'static str, i32, &'static str);

const MESSAGES: &[(&str, &[FieldRow])] = &[
    (
        "HandshakeRequest",
        &[("protocol_version", 1, "uint64"), ("payload", 2, "bytes")],
    ),
    (
        "HandshakeResponse",
        &[("protocol_version", 1, "uint64"), ("payload", 2, "bytes")],
    ),
    ("BasicAuth", &[("username", 2, "string"), ("password", 3, "string")]),
    ("Empty", &[]),
    ("ActionType", &[("type", 1, "string"), ("description", 2, "string")]),
    ("Criteria", &[("expression", 1, "bytes")]),
    ("Action", &[("type", 1, "string"), ("body", 2, "bytes")]),
    ("CancelFlightInfoRequest", &[("info", 1, "FlightInfo")]),
    ("RenewFlightEndpointRequest", &[("endpoint", 1, "FlightEndpoint")]),
    ("Result", &[("body", 1, "bytes")]),
    ("CancelFlightInfoResult", &[("status", 1, "CancelStatus")]),
    ("SchemaResult", &[("schema", 1, "bytes")]),
    (
        "FlightDescriptor",
        &[
            ("type", 1, "DescriptorType"),
            ("cmd", 2, "bytes"),
            ("path", 3, "repeated string"),
        ],
    ),
    (
        "FlightInfo",
        &[
            ("schema", 1, "bytes"),
            ("flight_descriptor", 2, "FlightDescriptor"),
            ("endpoint", 3, "repeated FlightEndpoint"),
            ("total_records", 4, "int64"),
            ("total_bytes", 5, "int64"),
            ("ordered", 6, "bool"),
            ("app_metadata", 7, "bytes"),
        ],
    ),
    (
        "PollInfo",
        &[
            ("info", 1, "FlightInfo"),
            ("flight_descriptor", 2, "FlightDescriptor"),
            ("progress", 3, "optional double"),
            ("expiration_time", 4, TIMESTAMP),
        ],
    ),
    (
        "FlightEndpoint",
        &[
            ("ticket", 1, "Ticket"),
            ("location", 2, "repeated Location"),
            ("expiration_time", 3, TIMESTAMP),
            ("app_metadata", 4, "bytes"),
        ],
    ),
    ("Location", &[("uri", 1, "string")]),
    ("Ticket", &[("ticket", 1, "bytes")]),
    (
        "FlightData",
        &[
            ("flight_descriptor", 1, "FlightDescriptor"),
            ("data_header", 2, "bytes"),
            ("app_metadata", 3, "bytes"),
            ("data_body", 1000, "bytes"),
        ],
    ),
    ("PutResult", &[("app_metadata", 1, "bytes")]),
];

/// An enumeration: the message that it belongs to, its name, and its values from 0 on.
type EnumRow = (Option<&'static str>, &'static str, &'static [&'static str]);

const ENUMS: &[EnumRow] = &[
    (Some("FlightDescriptor"), "DescriptorType", &["UNKNOWN", "PATH", "CMD"]),
    (
        None,
        "CancelStatus",
        &[
            "CANCEL_STATUS_UNSPECIFIED",
            "CANCEL_STATUS_CANCELLED",
            "CANCEL_STATUS_CANCELLING",
            "CANCEL_STATUS_NOT_CANCELLABLE",
        ],
    ),
];

/// A method: name, what it takes and gives, and whether each is a stream.
type MethodRow = (&'static str, (&'static str, bool), (&'static str, bool));

const METHODS: &[MethodRow] = &[
    ("Handshake", ("HandshakeRequest", true), ("HandshakeResponse", true)),
    ("ListFlights", ("Criteria", false), ("FlightInfo", true)),
    ("GetFlightInfo", ("FlightDescriptor", false), ("FlightInfo", false)),
    ("PollFlightInfo", ("FlightDescriptor", false), ("PollInfo", false)),
    ("GetSchema", ("FlightDescriptor", false), ("SchemaResult", false)),
    ("DoGet", ("Ticket", false), ("FlightData", true)),
    ("DoPut", ("FlightData", true), ("PutResult", true)),
    ("DoExchange", ("FlightData", true), ("FlightData", true)),
    ("DoAction", ("Action", false), ("Result", true)),
    ("ListActions", ("Empty", false), ("ActionType", true)),
];

/// Flight.proto, and the one file that it imports.
pub(crate) fn descriptors() -> FileDescriptorSet {
    let timestamp = FileDescriptorProto {
        name: Some("google/protobuf/timestamp.proto".into()),
        package: Some("google.protobuf".into()),
        message_type: vec![message("Timestamp", &[("seconds", 1, "int64"), ("nanos", 2, "int32")])],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    };
    let flight = FileDescriptorProto {
        name: Some("Flight.proto".into()),
        package: Some(PACKAGE.into()),
        dependency: vec!["google/protobuf/timestamp.proto".into()],
        message_type: MESSAGES.iter().map(|(name, fields)| message(name, fields)).collect(),
        enum_type: enums(None),
        service: vec![ServiceDescriptorProto {
            name: Some("FlightService".into()),
            method: METHODS.iter().map(method).collect(),
            options: None,
        }],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet {
        file: vec![timestamp, flight],
    }
}

fn message(name: &str, fields: &[FieldRow]) -> DescriptorProto {
    let mut message = DescriptorProto {
        name: Some(name.into()),
        field: fields.iter().map(field).collect(),
        enum_type: enums(Some(name)),
        ..DescriptorProto::default()
    };
    // A scalar that may be absent is written as the only field of a choice of its own.
    let optional = message
        .field
        .iter_mut()
        .filter(|field| field.proto3_optional == Some(true));
    for (index, field) in (0..).zip(optional) {
        field.oneof_index = Some(index);
        message.oneof_decl.push(OneofDescriptorProto {
            name: Some(format!("_{}", field.name())),
            options: None,
        });
    }
    message
}

fn enums(of: Option<&str>) -> Vec<EnumDescriptorProto> {
    let of_message = ENUMS.iter().filter(|(message, ..)| *message == of);
    let described = of_message.map(|(_, name, values)| {
        let value = values.iter().zip(0..).map(|(name, number)| EnumValueDescriptorProto {
            name: Some((*name).into()),
            number: Some(number),
            options: None,
        });
        EnumDescriptorProto {
            name: Some((*name).into()),
            value: value.collect(),
            ..EnumDescriptorProto::default()
        }
    });
    described.collect()
}

fn field((name, number, kind): &FieldRow) -> FieldDescriptorProto {
    let (label, kind) = kind.split_once(' ').unwrap_or(("", *kind));
    let scalar = match kind {
        "bool" => Some(Type::Bool),
        "bytes" => Some(Type::Bytes),
        "double" => Some(Type::Double),
        "int32" => Some(Type::Int32),
        "int64" => Some(Type::Int64),
        "string" => Some(Type::String),
        "uint64" => Some(Type::Uint64),
        _ => None,
    };
    let (kind, type_name) = match (scalar, kind) {
        (Some(scalar), _) => (scalar, None),
        (None, TIMESTAMP) => (Type::Message, Some(TIMESTAMP.to_owned())),
        (None, named) => match ENUMS.iter().find(|(_, name, _)| *name == named) {
            Some((Some(message), ..)) => (Type::Enum, Some(format!(".{PACKAGE}.{message}.{named}"))),
            Some((None, ..)) => (Type::Enum, Some(format!(".{PACKAGE}.{named}"))),
            None => (Type::Message, Some(format!(".{PACKAGE}.{named}"))),
        },
    };
    FieldDescriptorProto {
        name: Some((*name).into()),
        number: Some(*number),
        label: Some(
            if label == "repeated" {
                Label::Repeated
            } else {
                Label::Optional
            }
            .into(),
        ),
        r#type: Some(kind.into()),
        type_name,
        proto3_optional: (label == "optional").then_some(true),
        ..FieldDescriptorProto::default()
    }
}

fn method((name, (input, takes), (output, gives)): &MethodRow) -> MethodDescriptorProto {
    MethodDescriptorProto {
        name: Some((*name).into()),
        input_type: Some(format!(".{PACKAGE}.{input}")),
        output_type: Some(format!(".{PACKAGE}.{output}")),
        client_streaming: Some(*takes),
        server_streaming: Some(*gives),
        options: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    /// What `cargo` says.
    fn cargo(arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO"));
        let said = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let said = said.unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap()
    }

    /// The code that `arrow-flight` was made from its Flight.proto: of the very version that is linked here.
    fn generated() -> String {
        let version = cargo(&["-vV"]);
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let metadata = cargo(&["metadata", "--format-version=1", "--locked", "--filter-platform", host]);
        let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "arrow-flight");
        let manifest = Path::new(package.unwrap()["manifest_path"].as_str().unwrap());
        let source: PathBuf = manifest.with_file_name("src").join("arrow.flight.protocol.rs");
        std::fs::read_to_string(source).unwrap()
    }

    fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
        let (_, rest) = text.split_once(start)?;
        rest.split_once(end).map(|(between, _)| between)
    }

    /// A field as its attribute and its Rust type say it: `#[prost(string, repeated, tag = "3")]`, `pub path: Vec<String>`.
    fn generated_field(message: &str, attribute: &str, field: &str) -> String {
        let (name, rust_type) = field.split_once(": ").unwrap();
        let number = between(attribute, "tag = \"", "\"").unwrap();
        let kind = attribute.split([',', ' ']).next().unwrap();
        let of_type = rust_type
            .rsplit(['<', ':'])
            .next()
            .unwrap()
            .trim_end_matches([',', '>']);
        let kind = match kind {
            "message" => format!("message {of_type}"),
            "enumeration" => {
                let path = between(attribute, "enumeration = \"", "\"").unwrap();
                format!("enum {}", path.rsplit("::").next().unwrap())
            }
            scalar => scalar.to_owned(),
        };
        let label = match attribute {
            repeated if repeated.contains(", repeated,") => "repeated ",
            // A message may always be absent.
            optional if optional.contains(", optional,") && !kind.starts_with("message") => "optional ",
            _ => "",
        };
        let name = name.trim_start_matches("r#");
        format!("{message}.{name} = {number}: {label}{kind}")
    }

    /// The messages, enumerations and methods in generated code, a line a part.
    fn of_generated(code: &str) -> Vec<String> {
        let (types, service) = code.split_once("/// Generated client implementations.").unwrap();
        let (mut lines, mut message, mut attribute, mut numbers) = (Vec::new(), "", "", Vec::new());
        for line in types.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("#[prost(") {
                attribute = rest;
            } else if let Some(name) = between(line, "pub struct ", " {") {
                message = name;
                lines.push(format!("message {name}"));
            } else if let Some(name) = between(line, "pub enum ", " {") {
                (message, numbers) = (name, Vec::new());
                lines.push(format!("enum {name}"));
            } else if let Some(field) = line.strip_prefix("pub ").filter(|rest| rest.contains(": "))
                && !line.contains("fn ")
                && line.ends_with(',')
            {
                lines.push(generated_field(message, attribute, field));
            } else if let Some((variant, number)) = line.split_once(" = ")
                && number.ends_with(',')
            {
                numbers.push((variant, number.trim_end_matches(',')));
            } else if let Some((variant, name)) = line.strip_prefix("Self::").and_then(|line| line.split_once(" => \""))
            {
                let (_, number) = numbers.iter().find(|(other, _)| *other == variant).unwrap();
                lines.push(format!("{message}: {} = {number}", name.trim_end_matches("\",")));
            }
        }
        let server = service.split("\"/arrow.flight.protocol.FlightService/").skip(1);
        for method in server.filter(|method| method.contains("type Response = super::")) {
            let name = method.split('"').next().unwrap();
            let kind = between(method, "tonic::server::", "<super::").unwrap();
            let input = between(method, &format!("{kind}<super::"), ">").unwrap();
            let output = between(method, "type Response = super::", ";").unwrap();
            let (takes, gives) = match kind {
                "UnaryService" => ("", ""),
                "ServerStreamingService" => ("", "stream "),
                "ClientStreamingService" => ("stream ", ""),
                "StreamingService" => ("stream ", "stream "),
                other => panic!("{other}"),
            };
            lines.push(format!("{name}({takes}{input}) -> {gives}{output}"));
        }
        lines.sort();
        lines
    }

    /// The same lines of a description.
    fn of_description(file: &FileDescriptorProto) -> Vec<String> {
        let last = |path: &str| path.rsplit('.').next().unwrap().to_owned();
        let mut lines = Vec::new();
        for message in &file.message_type {
            lines.push(format!("message {}", message.name()));
            for field in &message.field {
                let kind = match field.r#type() {
                    Type::Message => format!("message {}", last(field.type_name())),
                    Type::Enum => format!("enum {}", last(field.type_name())),
                    scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
                };
                let label = match (field.label(), field.proto3_optional()) {
                    (Label::Repeated, _) => "repeated ",
                    (_, true) => "optional ",
                    _ => "",
                };
                let (name, number) = (field.name(), field.number());
                lines.push(format!("{}.{name} = {number}: {label}{kind}", message.name()));
            }
        }
        let nested = file.message_type.iter().flat_map(|message| &message.enum_type);
        for described in file.enum_type.iter().chain(nested) {
            lines.push(format!("enum {}", described.name()));
            let values = described.value.iter();
            lines.extend(values.map(|value| format!("{}: {} = {}", described.name(), value.name(), value.number())));
        }
        for method in file.service.iter().flat_map(|service| &service.method) {
            let stream = |is_stream: bool| if is_stream { "stream " } else { "" };
            lines.push(format!(
                "{}({}{}) -> {}{}",
                method.name(),
                stream(method.client_streaming()),
                last(method.input_type()),
                stream(method.server_streaming()),
                last(method.output_type())
            ));
        }
        lines.sort();
        lines
    }

    #[test]
    fn the_description_is_that_of_what_is_served() {
        let (code, set) = (generated(), descriptors());
        let ours = of_description(&set.file[1]);
        assert_eq!(ours, of_generated(&code));
        for part in [
            "FlightData.data_body = 1000: bytes",
            "FlightInfo.endpoint = 3: repeated message FlightEndpoint",
            "FlightDescriptor.type = 1: enum DescriptorType",
            "PollInfo.progress = 3: optional double",
            "PollInfo.expiration_time = 4: message Timestamp",
            "CancelStatus: CANCEL_STATUS_NOT_CANCELLABLE = 3",
            "DoExchange(stream FlightData) -> stream FlightData",
            "GetFlightInfo(FlightDescriptor) -> FlightInfo",
        ] {
            assert!(ours.iter().any(|line| line == part), "{part} is not compared");
        }
    }

    #[test]
    fn whatever_differs_is_seen() {
        let code = generated();
        let expected = of_description(&descriptors().file[1]);
        for (from, to) in [
            ("tag = \"1000\"", "tag = \"4\""),
            ("pub total_bytes", "pub total_size"),
            ("#[prost(int64, tag = \"4\")]", "#[prost(uint64, tag = \"4\")]"),
            (
                "#[prost(string, repeated, tag = \"3\")]",
                "#[prost(string, tag = \"3\")]",
            ),
            (
                "#[prost(double, optional, tag = \"3\")]",
                "#[prost(double, tag = \"3\")]",
            ),
            ("Cancelling = 2,", "Cancelling = 4,"),
            ("=> \"PATH\"", "=> \"ROAD\""),
            ("Option<Ticket>", "Option<Location>"),
            (
                "tonic::server::ServerStreamingService<super::Ticket>",
                "tonic::server::UnaryService<super::Ticket>",
            ),
            ("pub struct Empty {}", "pub struct Empty {}\npub struct Full {}"),
        ] {
            assert!(code.contains(from), "{from}");
            assert_ne!(of_generated(&code.replace(from, to)), expected, "{from}");
        }
    }
}
