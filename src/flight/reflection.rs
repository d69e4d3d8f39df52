//! The description of the Flight service that reflection hands out, so that generic tools (grpcurl and the like) can list
//! and call it. `arrow-flight` ships none: this is Flight.proto as data, a row a message.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};

const PACKAGE: &str = "arrow.flight.protocol";
const TIMESTAMP: &str = ".google.protobuf.Timestamp";

/// A field: name, number, type (a scalar's name, or a message's or enumeration's of this package), and whether repeated.
type FieldRow = (&'static str, i32, &'static str, bool);

const MESSAGES: &[(&str, &[FieldRow])] = &[
    (
        "HandshakeRequest",
        &[("protocol_version", 1, "uint64", false), ("payload", 2, "bytes", false)],
    ),
    (
        "HandshakeResponse",
        &[("protocol_version", 1, "uint64", false), ("payload", 2, "bytes", false)],
    ),
    ("Empty", &[]),
    (
        "ActionType",
        &[("type", 1, "string", false), ("description", 2, "string", false)],
    ),
    ("Criteria", &[("expression", 1, "bytes", false)]),
    ("Action", &[("type", 1, "string", false), ("body", 2, "bytes", false)]),
    ("Result", &[("body", 1, "bytes", false)]),
    ("SchemaResult", &[("schema", 1, "bytes", false)]),
    (
        "FlightDescriptor",
        &[
            ("type", 1, "DescriptorType", false),
            ("cmd", 2, "bytes", false),
            ("path", 3, "string", true),
        ],
    ),
    (
        "FlightInfo",
        &[
            ("schema", 1, "bytes", false),
            ("flight_descriptor", 2, "FlightDescriptor", false),
            ("endpoint", 3, "FlightEndpoint", true),
            ("total_records", 4, "int64", false),
            ("total_bytes", 5, "int64", false),
            ("ordered", 6, "bool", false),
            ("app_metadata", 7, "bytes", false),
        ],
    ),
    (
        "PollInfo",
        &[
            ("info", 1, "FlightInfo", false),
            ("flight_descriptor", 2, "FlightDescriptor", false),
            ("progress", 3, "double", false),
            ("expiration_time", 4, TIMESTAMP, false),
        ],
    ),
    (
        "FlightEndpoint",
        &[
            ("ticket", 1, "Ticket", false),
            ("location", 2, "Location", true),
            ("expiration_time", 3, TIMESTAMP, false),
            ("app_metadata", 4, "bytes", false),
        ],
    ),
    ("Location", &[("uri", 1, "string", false)]),
    ("Ticket", &[("ticket", 1, "bytes", false)]),
    (
        "FlightData",
        &[
            ("flight_descriptor", 1, "FlightDescriptor", false),
            ("data_header", 2, "bytes", false),
            ("app_metadata", 3, "bytes", false),
            ("data_body", 1000, "bytes", false),
        ],
    ),
    ("PutResult", &[("app_metadata", 1, "bytes", false)]),
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
        message_type: vec![message(
            "Timestamp",
            &[("seconds", 1, "int64", false), ("nanos", 2, "int32", false)],
        )],
        syntax: Some("proto3".into()),
        ..FileDescriptorProto::default()
    };
    let flight = FileDescriptorProto {
        name: Some("Flight.proto".into()),
        package: Some(PACKAGE.into()),
        dependency: vec!["google/protobuf/timestamp.proto".into()],
        message_type: MESSAGES.iter().map(|(name, fields)| message(name, fields)).collect(),
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
        field: fields.iter().map(|row| field(name, row)).collect(),
        ..DescriptorProto::default()
    };
    if name == "FlightDescriptor" {
        let values = [("UNKNOWN", 0), ("PATH", 1), ("CMD", 2)].map(|(name, number)| EnumValueDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            options: None,
        });
        message.enum_type.push(EnumDescriptorProto {
            name: Some("DescriptorType".into()),
            value: values.into(),
            ..EnumDescriptorProto::default()
        });
    }
    message
}

fn field(message: &str, (name, number, kind, repeated): &FieldRow) -> FieldDescriptorProto {
    let scalar = match *kind {
        "bool" => Some(Type::Bool),
        "bytes" => Some(Type::Bytes),
        "double" => Some(Type::Double),
        "int32" => Some(Type::Int32),
        "int64" => Some(Type::Int64),
        "string" => Some(Type::String),
        "uint64" => Some(Type::Uint64),
        _ => None,
    };
    let (kind, type_name) = match (scalar, *kind) {
        (Some(scalar), _) => (scalar, None),
        (None, "DescriptorType") => (Type::Enum, Some(format!(".{PACKAGE}.{message}.DescriptorType"))),
        (None, TIMESTAMP) => (Type::Message, Some(TIMESTAMP.to_owned())),
        (None, other) => (Type::Message, Some(format!(".{PACKAGE}.{other}"))),
    };
    let label = if *repeated { Label::Repeated } else { Label::Optional };
    FieldDescriptorProto {
        name: Some((*name).into()),
        number: Some(*number),
        label: Some(label.into()),
        r#type: Some(kind.into()),
        type_name,
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
