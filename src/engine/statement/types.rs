//! Names of types that other systems have for what the engine calls otherwise: `DATETIME`, `NVARCHAR(20)`, `NUMBER(10, 2)`,
//! as SQLAlchemy, pandas, dbt and Spark write them in `CREATE TABLE` and `CAST`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType, ExactNumberInfo, Expr, Statement as Ast, TimezoneInfo, VisitMut, VisitorMut,
};

/// Writes the engine's names for them.
pub(super) fn write_out(ast: &mut Ast) {
    if let Ast::CreateTable(create) = ast {
        create
            .columns
            .iter_mut()
            .for_each(|column| rename(&mut column.data_type));
    }
    let _ = VisitMut::visit(ast, &mut Types);
}

struct Types;

impl VisitorMut for Types {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { data_type, .. } => rename(data_type),
            Expr::TypedString(typed) => rename(&mut typed.data_type),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn rename(data_type: &mut DataType) {
    match data_type {
        DataType::Array(
            ArrayElemTypeDef::AngleBracket(item)
            | ArrayElemTypeDef::SquareBracket(item, _)
            | ArrayElemTypeDef::Parenthesis(item),
        ) => rename(item),
        other => {
            if let Some(known) = known(other) {
                *other = known;
            }
        }
    }
}

/// The engine's name for a type, where it has another.
fn known(data_type: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match data_type {
        T::Datetime(precision) | T::TimestampNtz(precision) => T::Timestamp(*precision, TimezoneInfo::None),
        T::Date32 => T::Date,
        T::CharacterVarying(length) | T::CharVarying(length) | T::Nvarchar(length) => T::Varchar(*length),
        T::CharacterLargeObject(_) | T::CharLargeObject(_) | T::Clob(_) => T::Text,
        T::TinyText | T::MediumText | T::LongText | T::FixedString(_) | T::String(Some(_)) => T::Text,
        T::Uuid | T::JSON | T::JSONB | T::Enum(..) => T::Text,
        T::Binary(_) | T::Varbinary(_) | T::Blob(_) | T::TinyBlob | T::MediumBlob | T::LongBlob | T::Bytes(_) => {
            T::Bytea
        }
        T::Dec(digits) | T::BigNumeric(digits) | T::BigDecimal(digits) => T::Decimal(*digits),
        T::HugeInt | T::Int128 => whole(38),
        T::Bit(None | Some(1)) => T::Boolean,
        T::MediumInt(_) | T::Int32 => T::Int(None),
        T::Int16 => T::SmallInt(None),
        T::Int64 | T::Signed | T::SignedInteger => T::BigInt(None),
        T::UTinyInt | T::UInt8 => T::TinyIntUnsigned(None),
        T::USmallInt | T::UInt16 => T::SmallIntUnsigned(None),
        T::MediumIntUnsigned(_) | T::UInt32 => T::IntUnsigned(None),
        T::UBigInt | T::UInt64 | T::Unsigned | T::UnsignedInteger => T::BigIntUnsigned(None),
        T::Float32 => T::Real,
        // Of so many binary digits, which pandas asks for; four bytes have 24.
        T::Float(ExactNumberInfo::Precision(25..)) | T::Float64 => T::DoublePrecision,
        T::Custom(name, modifiers) => named(&name.to_string().to_ascii_uppercase(), modifiers)?,
        _ => return None,
    })
}

/// A type that the parser has no name for.
fn named(name: &str, modifiers: &[String]) -> Option<DataType> {
    use DataType as T;
    Some(match name {
        "SMALLDATETIME" | "DATETIME2" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_US" | "TIMESTAMP_NS" => {
            T::Timestamp(None, TimezoneInfo::None)
        }
        "TIMESTAMP_LTZ" | "TIMESTAMP_TZ" | "DATETIMEOFFSET" => T::Timestamp(None, TimezoneInfo::WithTimeZone),
        "TEXT" | "NTEXT" | "NCHAR" | "BPCHAR" | "VARCHAR2" | "NVARCHAR2" | "NCLOB" | "UTF8" | "UNIQUEIDENTIFIER" => {
            T::Text
        }
        "IMAGE" | "RAW" => T::Bytea,
        "LONG" => T::BigInt(None),
        "SHORT" => T::SmallInt(None),
        "BYTE" | "BYTEINT" => T::TinyInt(None),
        "UINTEGER" => T::IntUnsigned(None),
        "MONEY" | "SMALLMONEY" => T::Decimal(ExactNumberInfo::PrecisionAndScale(19, 4)),
        "NUMBER" => match modifiers {
            [] => T::Decimal(ExactNumberInfo::None),
            [digits] => whole(digits.trim().parse().ok()?),
            [digits, scale] => {
                let (digits, scale) = (digits.trim().parse().ok()?, scale.trim().parse().ok()?);
                T::Decimal(ExactNumberInfo::PrecisionAndScale(digits, scale))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Whole numbers of so many digits.
fn whole(digits: u64) -> DataType {
    DataType::Decimal(ExactNumberInfo::PrecisionAndScale(digits, 0))
}

#[cfg(test)]
mod tests {
    use crate::engine::mock::{Tables, assert_same};

    #[tokio::test]
    async fn types_as_other_systems_call_them() {
        let tables = Tables::of(&[("t.csv", "a\n1\n")]).await;
        let mut cases = Vec::new();
        for (names, expected) in [
            (
                &["DATETIME", "DATETIME2", "TIMESTAMP_NTZ", "TIMESTAMP WITHOUT TIME ZONE"][..],
                "Timestamp(ns)",
            ),
            (&["DATETIME(6)", "TIMESTAMP(6)"], "Timestamp(µs)"),
            (
                &[
                    "STRING",
                    "TEXT",
                    "CLOB",
                    "NVARCHAR(20)",
                    "NCHAR(3)",
                    "CHARACTER VARYING(20)",
                    "LONGTEXT",
                    "TEXT(20)",
                    "VARCHAR2(10)",
                    "UUID",
                    "JSON",
                    "CHAR(3)",
                ],
                "Utf8",
            ),
            (&["BLOB", "BYTEA", "VARBINARY(10)", "BINARY(4)", "BYTES"], "Binary"),
            (&["NUMBER(10,2)", "DEC(10, 2)", "NUMERIC(10, 2)"], "Decimal128(10, 2)"),
            (&["NUMBER", "NUMERIC", "DEC"], "Decimal128(38, 10)"),
            (&["NUMBER(10)", "DECIMAL(10)"], "Decimal128(10, 0)"),
            (&["HUGEINT"], "Decimal128(38, 0)"),
            (&["MONEY"], "Decimal128(19, 4)"),
            (&["LONG", "INT64", "INT8", "BIGINT"], "Int64"),
            (&["MEDIUMINT", "INT", "INT4"], "Int32"),
            (&["SHORT", "INT2"], "Int16"),
            (&["BYTE", "BYTEINT", "TINYINT"], "Int8"),
            (&["UBIGINT", "BIGINT UNSIGNED"], "UInt64"),
            (&["UINTEGER", "INT UNSIGNED"], "UInt32"),
            (&["USMALLINT"], "UInt16"),
            (&["UTINYINT"], "UInt8"),
            (&["FLOAT64", "FLOAT(53)", "DOUBLE PRECISION", "DOUBLE"], "Float64"),
            (&["REAL", "FLOAT32", "FLOAT(24)"], "Float32"),
            (&["BIT", "BOOL", "BOOLEAN"], "Boolean"),
            (&["BIGINT[]", "ARRAY<LONG>"], "List(Int64)"),
        ] {
            for name in names {
                let rows = tables
                    .rows(&format!("SELECT arrow_typeof(CAST(NULL AS {name})) AS x"))
                    .await;
                let said = rows
                    .lines()
                    .filter(|line| line.starts_with('|'))
                    .nth(1)
                    .unwrap_or(&rows);
                cases.push((*name, said.trim_matches(['|', ' ']).to_owned(), expected));
            }
        }
        assert_same(&cases);
    }
}
