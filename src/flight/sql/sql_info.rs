//! `GetSqlInfo`: what the server is and does, as the drivers ask for it. JDBC drivers up to 18.3 fail on an id that is
//! missing and on a value in another child of the union, so every id that they read is here, in the child they expect.

use std::collections::HashMap;
use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow_flight::error::Result as FlightResult;
use arrow_flight::sql::CommandGetSqlInfo;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use crate::engine::SUBSTRAIT;
use crate::session::PREPARED_IDLE;

static READ_ONLY: LazyLock<SqlInfoData> = LazyLock::new(|| sql_info_data(false));
static WRITABLE: LazyLock<SqlInfoData> = LazyLock::new(|| sql_info_data(true));

fn sql_info_data(writable: bool) -> SqlInfoData {
    let mut builder = SqlInfoDataBuilder::new();
    text().into_iter().for_each(|(id, value)| builder.append(id, value));
    flags(writable).for_each(|(id, value)| builder.append(id, value));
    bitmasks().into_iter().for_each(|(id, value)| builder.append(id, value));
    bigints().for_each(|(id, value)| builder.append(id, value));
    lists().into_iter().for_each(|(id, value)| builder.append(id, value));
    builder.append(517, HashMap::<i32, Vec<i32>>::new()); // no conversions are listed
    builder.build().expect("a fixed list of values is valid")
}

/// One row an id that was asked for and is known; all of them when none was asked for.
pub(super) fn sql_info(command: CommandGetSqlInfo, writable: bool) -> FlightResult<RecordBatch> {
    command
        .into_builder(if writable { &WRITABLE } else { &READ_ONLY })
        .build()
}

fn text() -> [(u32, &'static str); 9] {
    [
        (0, "FlightStream"),
        (1, env!("CARGO_PKG_VERSION")),
        (2, arrow::ARROW_VERSION),
        (504, "\""),
        (513, "\\"),
        (514, ""),
        (529, "schema"),
        (530, "procedure"),
        (531, "catalog"),
    ]
}

fn flags(writable: bool) -> impl Iterator<Item = (u32, bool)> {
    // 9: queries can be cancelled; 572: N rows of parameters are N executions.
    let yes = [4, 9, 506, 515, 516, 518, 520, 521, 523, 524, 532, 539, 556, 572];
    let no = [11, 500, 501, 519, 527, 536, 537, 563, 565, 566, 573, 574, 575, 576];
    // Read-only, Substrait, bulk ingest, and CREATE TABLE.
    let depends = [(3, !writable), (5, SUBSTRAIT), (10, writable), (502, writable)];
    let fixed = yes.map(|id| (id, true)).into_iter().chain(no.map(|id| (id, false)));
    fixed.chain(depends)
}

/// Ids whose value is an `int32`: sets of bits, and what the drivers read as such.
fn bitmasks() -> [(u32, i32); 18] {
    [
        (8, 0), // no transactions
        (100, i32::try_from(PREPARED_IDLE.as_millis()).unwrap_or(i32::MAX)),
        (101, 0),
        (522, 3),
        (525, 3),
        (526, 1),
        (528, 6), // FlightSql.proto calls it an ordinal; JDBC and ODBC test the bits
        (533, 0),
        (534, 0),
        (535, 0),
        (538, 15),
        (540, 3),
        (564, 1),
        (567, 2),
        (568, 2),
        (569, 2),
        (570, 2),
        (571, 2),
    ]
}

/// Ids whose value is an `int64`, some against FlightSql.proto: JDBC casts them to `Long`. 0 means no limit.
fn bigints() -> impl Iterator<Item = (u32, i64)> {
    let limits = (541..=555).chain(557..=562).map(|id| (id, 0));
    // Names are found in any case (1), quoted or not; NULLs sort high.
    [(503, 1), (505, 1), (507, 0)].into_iter().chain(limits)
}

fn lists() -> [(u32, Vec<String>); 5] {
    [
        (508, ALL_KEYWORDS.iter().map(|word| (*word).to_owned()).collect()),
        (
            509,
            names(
                "abs,acos,asin,atan,atan2,cbrt,ceil,ceiling,cos,cot,degrees,exp,factorial,floor,gcd,lcm,ln,log,log10,log2,mod,pi,power,radians,rand,random,round,sign,sin,sqrt,tan,trunc,truncate",
            ),
        ),
        (
            510,
            names(
                "ascii,bit_length,btrim,char,char_length,character_length,chr,concat,concat_ws,difference,initcap,insert,lcase,left,length,locate,lower,lpad,ltrim,md5,octet_length,position,regexp_extract,regexp_like,regexp_replace,repeat,replace,reverse,right,rpad,rtrim,soundex,space,split_part,strpos,substr,substring,to_hex,translate,trim,ucase,upper",
            ),
        ),
        (511, names("arrow_typeof,coalesce,database,ifnull,nullif,version")),
        (
            512,
            names(
                "curdate,current_date,current_time,current_timestamp,curtime,date_bin,date_part,date_trunc,dateadd,datediff,dayname,dayofmonth,dayofweek,dayofyear,extract,from_unixtime,hour,make_date,minute,month,monthname,now,quarter,second,timestampadd,timestampdiff,to_char,to_date,to_timestamp,week,year",
            ),
        ),
    ]
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::UInt32Type;

    #[test]
    fn every_id_that_a_driver_reads_is_there_once() {
        let batch = sql_info(CommandGetSqlInfo { info: vec![] }, false).unwrap();
        let ids: Vec<_> = batch.column(0).as_primitive::<UInt32Type>().values().to_vec();
        let expected: Vec<u32> = (0..=5).chain([8, 9, 10, 11, 100, 101]).chain(500..=576).collect();
        assert_eq!(ids, expected);
        let one = sql_info(CommandGetSqlInfo { info: vec![8] }, true).unwrap();
        let value = one
            .column(1)
            .as_any()
            .downcast_ref::<arrow::array::UnionArray>()
            .unwrap();
        assert_eq!((one.num_rows(), value.type_id(0)), (1, 3));
        assert_eq!(
            sql_info(CommandGetSqlInfo { info: vec![9999] }, true)
                .unwrap()
                .num_rows(),
            0
        );
    }
}
