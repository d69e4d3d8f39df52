//! `SUMMARIZE`: of each column its type, range, spread and gaps. One scan, whatever the number of columns: one
//! aggregate function takes all of them and gives a list of the rows, which is unnested.
//!
//! Why not an aggregate a statistic and column: the engine's planning is quadratic in their number, and a table of 500
//! columns has 4500 of them.

mod function;

use datafusion::common::{Column, Result as DfResult};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder, col};

use function::Summary;

use crate::engine::failure::failed;
use crate::error::{Error, Result};

/// The plan that summarizes the columns that `plan` gives: a row a column, in their order.
///
/// # Errors
/// `Invalid` when there are none.
pub(in crate::engine) fn summary(plan: LogicalPlan) -> Result<LogicalPlan> {
    if plan.schema().fields().is_empty() {
        return Err(Error::invalid("there are no columns to summarize"));
    }
    summarized(plan).map_err(failed)
}

fn summarized(plan: LogicalPlan) -> DfResult<LogicalPlan> {
    let columns = plan.schema().iter().map(|named| Expr::Column(Column::from(named)));
    let columns: Vec<Expr> = columns.collect();
    let summary = AggregateUDF::new_from_impl(Summary::new(plan.schema().fields()));
    let fields = function::row_fields();
    let shown = fields
        .iter()
        .map(|field| get_field(col("summary"), field.name().as_str()).alias(field.name()));
    LogicalPlanBuilder::from(plan)
        .aggregate(Vec::<Expr>::new(), vec![summary.call(columns).alias("summary")])?
        .unnest_column("summary")?
        .project(shown)?
        .build()
}

#[cfg(test)]
mod tests {
    use crate::engine::mock::{Tables, assert_same};

    #[tokio::test]
    async fn summarize_gives_a_row_a_column_in_order() {
        let tables = Tables::new().await;
        let whole = "\
+-------------+---------------+---------------------+---------------------+---------------+------+--------------------+------+------+------+-------+-----------------+
| column_name | column_type   | min                 | max                 | approx_unique | avg  | std                | q25  | q50  | q75  | count | null_percentage |
+-------------+---------------+---------------------+---------------------+---------------+------+--------------------+------+------+------+-------+-----------------+
| trip_id     | Int64         | 1                   | 3                   | 3             | 2.0  | 1.0                | 1.25 | 2.0  | 2.75 | 3     | 0.0             |
| fare        | Float64       | 2.5                 | 7.5                 | 2             | 5.0  | 3.5355339059327378 | 2.5  | 5.0  | 7.5  | 3     | 33.33           |
| Started     | Timestamp(µs) | 2025-01-01T00:00:00 | 2025-01-03T00:00:00 | 3             |      |                    |      |      |      | 3     | 0.0             |
| member      | Boolean       | false               | true                | 2             |      |                    |      |      |      | 3     | 0.0             |
| Distance_km | Float64       | 1.5                 | 3.0                 | 2             | 2.25 | 1.0606601717798212 | 1.5  | 2.25 | 3.0  | 3     | 33.33           |
+-------------+---------------+---------------------+---------------------+---------------+------+--------------------+------+------+------+-------+-----------------+";
        let rows = tables.rows("SUMMARIZE TRIPS").await;
        assert_eq!(rows, whole);
        assert_eq!(tables.rows("summarize SELECT * FROM trips;").await, rows);
        let names = "column_name column_type min max approx_unique avg std q25 q50 q75 count null_percentage";
        let mut cases = Vec::new();
        for (sql, columns) in [
            ("/* of */ SUMMARIZE (SELECT FARE FROM trips)", names),
            ("SUMMARIZE WITH x AS (SELECT 1 AS a) SELECT * FROM x", names),
            ("SUMMARIZE VALUES (1, 2)", names),
            ("SUMMARIZE Paid", names),
            ("SUMMARIZE 'sales/2024'", names),
            ("SUMMARIZE generate_series(1, 3)", names),
            (
                "SUMMARIZE tripps",
                "there is no table 'tripps'; did you mean 'trips'? (line 1, column 11)",
            ),
            (
                "SUMMARIZE SELECT fair FROM trips",
                "there is no column 'fair' in trips; did you mean 'fare'? (line 1, column 18)",
            ),
            ("SUMMARIZE", "there is no statement (line 1, column 10)"),
            (
                "SUMMARIZE SHOW TABLES",
                "there is no table 'SHOW'; there is 'Orders', 'Paid', 'Stations', 'orders', 'trips', 'twins' and 1 more (line 1, column 11)",
            ),
        ] {
            cases.push((sql, tables.columns(sql).await, columns));
        }
        assert_same(&cases);
    }

    #[tokio::test]
    async fn summarize_takes_any_type() {
        let tables = Tables::new().await;
        let sql = "SUMMARIZE SELECT true AS ok, [1] AS list, named_struct('a', 1) AS fields, NULL AS nothing,
            arrow_cast('x', 'Dictionary(Int32, Utf8)') AS word, X'00' AS bytes, CAST(1.5 AS DECIMAL(5,2)) AS amount,
            CAST('12:00:00' AS TIME) AS at, interval '1 day' AS span, 1.5 AS number";
        let rows = tables.rows(sql).await;
        assert_eq!(rows.lines().count(), 14, "{rows}");
        let empty = tables.rows("SUMMARIZE SELECT * FROM trips WHERE false").await;
        assert_eq!(empty.lines().count(), 9, "{empty}");
    }

    #[tokio::test]
    async fn summarize_plans_a_table_of_500_columns() {
        let header: Vec<String> = (0..500).map(|at| format!("column_{at}")).collect();
        let row: Vec<String> = (0..500).map(|at| at.to_string()).collect();
        let text = format!("{}\n{}\n", header.join(","), row.join(","));
        let tables = Tables::of(&[("trips.csv", "fare,trip_id\n1,2\n"), ("wide.csv", &text)]).await;
        let started = std::time::Instant::now();
        let rows = tables.rows("SUMMARIZE wide").await;
        assert_eq!(rows.lines().count(), 504, "{rows}");
        // A second on a quiet machine; minutes if the engine planned each statistic.
        assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    }
}
