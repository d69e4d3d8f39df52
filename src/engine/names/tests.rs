//! Statements as people type them, over a few small files.

use crate::engine::mock::{Tables, assert_same};
use crate::engine::statement::guard::parse;
use crate::engine::{names, parameters};

#[tokio::test]
async fn f17_names_are_found_whatever_their_case_and_keep_the_spelling_of_the_data() {
    let tables = Tables::new().await;
    let mut cases = Vec::new();
    for (sql, columns) in [
        ("SELECT TRIP_ID, started FROM Trips", "trip_id Started"),
        ("SELECT * FROM 'trips'", "trip_id fare Started member Distance_km"),
        ("SELECT \"FARE\" FROM PUBLIC.\"TRIPS\"", "fare"),
        ("SELECT amount FROM SALES.\"2024\"", "Amount"),
        ("SELECT amount FROM FlightStream.Sales.\"2024\"", "Amount"),
        ("SELECT amount FROM 'sales/2024'", "Amount"),
        ("SELECT Fare AS Total FROM trips ORDER BY TOTAL", "Total"),
        ("SELECT t.FARE FROM trips T WHERE t.fare > 1", "fare"),
        ("SELECT TRIPS.fare, Trips.Fare AS b FROM Trips", "fare b"),
        ("SELECT T.* FROM trips t", "trip_id fare Started member Distance_km"),
        ("SELECT public.Trips.FARE FROM public.trips", "fare"),
        ("WITH Big AS (SELECT Fare AS F FROM trips) SELECT f FROM BIG", "F"),
        ("WITH Trips AS (SELECT FARE FROM TRIPS) SELECT * FROM trips", "fare"),
        ("WITH x(A, B) AS (SELECT 1, 2) SELECT a, X.b FROM X", "A B"),
        ("SELECT Name FROM trips JOIN stations USING (Trip_Id)", "Name"),
        (
            "SELECT s.NAME FROM trips JOIN STATIONS S ON Trips.trip_ID = s.TRIP_id",
            "Name",
        ),
        ("SELECT MEMBER, COUNT(*) AS n FROM trips GROUP BY Member", "member n"),
        (
            "SELECT date_trunc('day', STARTED) AS Day, Sum(Fare) FROM trips GROUP BY DAY HAVING Sum(FARE) > 1",
            "Day sum(fare)",
        ),
        (
            "SELECT * EXCLUDE (FARE, started) FROM trips",
            "trip_id member Distance_km",
        ),
        (
            "SELECT * EXCEPT (FARE) FROM trips",
            "trip_id Started member Distance_km",
        ),
        (
            "SELECT * REPLACE (1 AS FARE) FROM trips",
            "trip_id fare Started member Distance_km",
        ),
        (
            "SELECT fare FROM trips WHERE EXISTS (SELECT 1 FROM Stations s WHERE S.trip_id = TRIPS.Trip_ID)",
            "fare",
        ),
        ("SELECT (SELECT max(NAME) FROM stations) AS m FROM trips", "m"),
        ("SELECT rank() OVER W AS r FROM trips WINDOW w AS (ORDER BY FARE)", "r"),
        (
            "SELECT Fare FROM trips UNION ALL SELECT STATION_ID FROM stations",
            "fare",
        ),
        ("SELECT PAID, trip_id FROM PAID", "Paid trip_id"),
        ("SELECT VALUE FROM GENERATE_SERIES(1, 2)", "value"),
        ("SELECT Column1 FROM (VALUES (1), (2))", "column1"),
        ("SELECT price, Price AS big FROM Twins", "price big"),
        ("SELECT City FROM orders", "City"),
        ("SELECT CAST(FARE AS Varchar) FROM trips", "CAST(fare AS VARCHAR)"),
        ("SELECT Table_Name FROM INFORMATION_SCHEMA.Tables", "table_name"),
    ] {
        cases.push((sql, tables.columns(sql).await, columns));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn a_name_as_typed_comes_before_one_of_another_case() {
    let tables = Tables::new().await;
    let mut cases = Vec::new();
    for (sql, value) in [
        ("SELECT sum(price) AS s FROM twins", "6"),
        ("SELECT sum(Price) AS s FROM TWINS", "4"),
        ("SELECT City AS s FROM Orders", "Bonn"),
        ("SELECT City AS s FROM orders", "Trier"),
        // Replacing a column of another case replaces it all the same.
        (
            "SELECT fare AS s FROM (SELECT * REPLACE (9 AS FARE) FROM trips) LIMIT 1",
            "9",
        ),
        (
            "SELECT sum(tag) AS s FROM (SELECT 1 AS tag, TAG AS other FROM twins)",
            "2",
        ),
    ] {
        let rows = tables.rows(sql).await;
        let shown = rows.lines().nth(3).unwrap_or(&rows).trim_matches(['|', ' ']);
        cases.push((sql, shown.to_owned(), value));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn f29_an_unknown_name_is_said_with_what_was_meant_and_where() {
    let tables = Tables::new().await;
    let mut cases = Vec::new();
    for (sql, said) in [
        (
            "SELECT * FROM tripps",
            "there is no table 'tripps'; did you mean 'trips'? (line 1, column 15)",
        ),
        (
            "SELECT 1\nFROM sale.x",
            "there is no schema 'sale'; did you mean 'sales'? (line 2, column 6)",
        ),
        (
            "SELECT 1 FROM sales.\"2042\"",
            "there is no table '2042' in schema 'sales'; did you mean sales.\"2024\" or 'sales/2024'? (line 1, column 21)",
        ),
        (
            "SELECT 1 FROM \"2024\"",
            "there is no table '2024'; did you mean sales.\"2024\" or 'sales/2024'? (line 1, column 15)",
        ),
        (
            "SELECT 1 FROM 'sales.2024'",
            "there is no table 'sales.2024'; did you mean sales.\"2024\" or 'sales/2024'?",
        ),
        (
            "SELECT 1 FROM 'sales/2042'",
            "there is no table 'sales/2042'; did you mean sales.\"2024\" or 'sales/2024'?",
        ),
        (
            "SELECT 1 FROM other.public.trips",
            "there is no catalog 'other'; there is 'flightstream' (line 1, column 15)",
        ),
        (
            "SELECT 1 FROM ORDERS",
            "'ORDERS' fits several tables: 'Orders', 'orders'; write one as it is spelled (line 1, column 15)",
        ),
        (
            "SELECT fair FROM trips",
            "there is no column 'fair' in trips; did you mean 'fare'? (line 1, column 8)",
        ),
        (
            "SELECT T.fair FROM trips T",
            "there is no column 'fair' in T; did you mean 'fare'? (line 1, column 8)",
        ),
        (
            "SELECT fare FROM trips\nWHERE weather = 1",
            "there is no column 'weather' in trips; there is 'trip_id', 'fare', 'Started', 'member', 'Distance_km' (line 2, column 7)",
        ),
        (
            "SELECT trip.fare FROM trips",
            "there is no table 'trip' in this query; did you mean 'trips'? (line 1, column 8)",
        ),
        (
            "SELECT PRICE FROM twins",
            "'PRICE' fits several columns: 'Price', 'price'; write one as it is spelled (line 1, column 8)",
        ),
        (
            "SELECT count(*) FROM trips GROUP BY membr",
            "there is no column 'membr' in trips; did you mean 'member'? (line 1, column 37)",
        ),
        (
            "SELECT * EXCLUDE (fair) FROM trips",
            "there is no column 'fair' in trips; did you mean 'fare'? (line 1, column 19)",
        ),
        (
            "SELECT 1 FROM trips JOIN Stations USING (trip)",
            "there is no column 'trip' in trips; did you mean 'trip_id'? (line 1, column 42)",
        ),
        (
            "SELECT 1 FROM trips JOIN (SELECT 1 AS TRIP_ID) AS t USING (trip_ID)",
            "one table has a column 'TRIP_ID', the other 'trip_id': join them with ON (line 1, column 60)",
        ),
        (
            "SELECT x",
            "there is no column 'x': nothing is read here that has columns (line 1, column 8)",
        ),
        (
            "SELECT trip_id FROM trips, Stations",
            "the column 'trip_id' is in several tables; write table.trip_id (line 1, column 8)",
        ),
        (
            "SELECT summ(fare) FROM trips",
            "there is no function 'summ'; did you mean 'sum'? (line 1, column 8)",
        ),
        (
            "SELECT * FROM generate_serie(1, 2)",
            "there is no table function 'generate_serie'; did you mean 'generate_series'? (line 1, column 15)",
        ),
        (
            "SELECT * FROM generate_series(1, ?)",
            "a parameter cannot be an argument of the table function 'generate_series' (line 1, column 34)",
        ),
        (
            "SELECT fare FORM trips",
            "Expected: end of statement, found: trips (line 1, column 18)",
        ),
        ("SELECT 1 +", "Expected: an expression, found: EOF (line 1, column 11)"),
        ("SELECT 'a", "Unterminated string literal (line 1, column 8)"),
        (
            "SELECT 1; SELECT 2",
            "there are several statements; send one at a time (line 1, column 11)",
        ),
        (" ;", "there is no statement (line 1, column 3)"),
        (
            "SELECT fare, count(*) FROM trips",
            "the column 'trips.fare' must be in GROUP BY or in an aggregate function (line 1, column 8)",
        ),
        (
            "SELECT -member FROM trips",
            "Unary operator '-' only supports signed numeric, interval and timestamp types (line 1, column 9)",
        ),
        (
            "SELECT fare + member FROM trips",
            "Cannot coerce arithmetic expression Float64 + Boolean to valid types (line 1, column 8)",
        ),
        (
            "SELECT fare FROM trips UNION SELECT 1, 2",
            "UNION queries have different number of columns (line 1, column 1)",
        ),
        (
            "SELECT a.fair, b.fare FROM trips a, trips b",
            "there is no column 'fair' in a; did you mean 'fare'? (line 1, column 8)",
        ),
        (
            "SELECT * FROM (SELECT fare FROM trips) AS x WHERE x.member",
            "there is no column 'member' in x; there is 'fare' (line 1, column 51)",
        ),
        (
            "SELECT * FROM Stations WHERE name = \"Berlin\"",
            "there is no column 'Berlin' in Stations; there is 'Station_ID', 'Name', 'trip_id'; text is written in single quotes: 'Berlin' (line 1, column 37)",
        ),
        (
            "SELECT *, * FROM trips",
            "several columns are named 'trips.trip_id'; name them with AS",
        ),
        (
            "SELECT 1, Sum(name) FROM Stations",
            "there is no function sum(Utf8); there is sum(Decimal), sum(UInt64), sum(Int64), sum(Float64), sum(Duration), sum(Interval) (line 1, column 11)",
        ),
    ] {
        cases.push((sql, tables.said(sql).await, said));
    }
    assert_same(&cases);
}

#[tokio::test]
async fn show_and_describe_take_names_as_people_type_them() {
    let tables = Tables::new().await;
    let mut wrong = String::new();
    for (sql, said) in [
        ("SHOW TABLES", "twins"),
        ("SHOW TABLES FROM Sales", "2024"),
        ("SHOW TABLES LIKE 'tw%'", "twins"),
        ("SHOW VIEWS", "Paid"),
        ("SHOW SCHEMAS", "sales"),
        ("SHOW DATABASES", "flightstream"),
        ("SHOW COLUMNS FROM TRIPS", "Distance_km"),
        ("SHOW COLUMNS IN SALES.\"2024\"", "Amount"),
        ("SHOW COLUMNS FROM Paid", "Paid"),
        ("DESCRIBE TRIPS", "Distance_km"),
        ("DESC Trips", "Distance_km"),
        ("DESCRIBE SELECT FARE FROM Trips", "fare"),
        ("SHOW FUNCTIONS LIKE 'abs'", "abs"),
        ("SHOW datafusion.execution.batch_size", "batch_size"),
        ("EXPLAIN SELECT FARE FROM Trips", "fare"),
        ("EXPLAIN ANALYZE SELECT FARE FROM Trips", "fare"),
        ("EXPLAIN VERBOSE SELECT FARE FROM Trips", "fare"),
    ] {
        let rows = tables.rows(sql).await;
        if !rows.contains(said) {
            wrong += &format!("{sql}:\n{rows}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Not those of the table of the same letters, nor of the same name in another schema.
    let rows = tables.rows("SHOW COLUMNS FROM orders").await;
    assert_eq!(rows.matches("City").count(), 1, "{rows}");
    assert_eq!(
        tables.said("DESCRIBE tripps").await,
        "there is no table 'tripps'; did you mean 'trips'? (line 1, column 10)"
    );
    assert_eq!(
        tables.said("SHOW COLUMNS FROM tripps").await,
        "there is no table 'tripps'; did you mean 'trips'? (line 1, column 19)"
    );
}

#[tokio::test]
async fn what_is_written_to_is_found_and_what_is_new_keeps_its_spelling() {
    let tables = Tables::new().await;
    let state = tables.state();
    let mut cases = Vec::new();
    for (sql, resolved) in [
        (
            "INSERT INTO TRIPS (FARE, \"Trip_ID\") SELECT Station_ID, 1 FROM stations",
            "INSERT INTO trips (fare, \"trip_id\") SELECT Station_ID, 1 FROM Stations",
        ),
        (
            "INSERT INTO trips (fair) VALUES (1)",
            "there is no column 'fair' in trips; did you mean 'fare'? (line 1, column 20)",
        ),
        (
            "INSERT INTO tripps VALUES (1)",
            "there is no table 'tripps'; did you mean 'trips'? (line 1, column 13)",
        ),
        (
            "CREATE VIEW V AS SELECT 1 FROM TRIPS",
            "CREATE VIEW V AS SELECT 1 FROM trips",
        ),
        ("CREATE TABLE Trips AS SELECT 1", "CREATE TABLE trips AS SELECT 1"),
        ("CREATE TABLE SALES.New (A INT)", "CREATE TABLE sales.New (A INT)"),
        ("CREATE TABLE Other.New (A INT)", "CREATE TABLE Other.New (A INT)"),
        ("DROP TABLE TRIPS", "DROP TABLE trips"),
        ("DROP TABLE IF EXISTS Nothing", "DROP TABLE IF EXISTS Nothing"),
        (
            "DROP VIEW PAYED",
            "there is no table 'PAYED'; did you mean 'Paid'? (line 1, column 11)",
        ),
    ] {
        let mut statement = parse(&state, sql).unwrap();
        let said = match names::resolve(&state, &mut statement) {
            Ok(()) => statement.to_string(),
            Err(error) => error.message().to_owned(),
        };
        cases.push((sql, said, resolved));
    }
    assert_same(&cases);
    let mut insert = parse(&state, "INSERT INTO trips (FARE) SELECT STATION_id FROM STATIONS").unwrap();
    names::resolve(&state, &mut insert).unwrap();
    assert!(names::plan(&state, insert).await.is_ok());
    let mut insert = parse(&state, "INSERT INTO trips (trip_id, FARE) VALUES (?, ?), (3, ?)").unwrap();
    names::resolve(&state, &mut insert).unwrap();
    let plan = names::plan(&state, insert).await.unwrap();
    let declared = parameters::declared(&plan).unwrap();
    let types: Vec<_> = declared.into_iter().map(|parameter| parameter.data_type).collect();
    let values: Vec<_> = types.iter().map(|data_type| data_type.try_into().unwrap()).collect();
    assert!(parameters::bind(plan, &values).is_ok());
    assert_eq!(
        types.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["Int64", "Float64", "Float64"]
    );
}

#[tokio::test]
async fn an_expression_alone_finds_its_columns_too() {
    let tables = Tables::new().await;
    let (state, plan) = (tables.state(), tables.plan("SELECT * FROM twins").await.unwrap());
    let mut cases = Vec::new();
    for (sql, said) in [
        (
            "TAG = 'a' AND Price > 1",
            "twins.Tag = Utf8(\"a\") AND twins.Price > Int64(1)",
        ),
        (
            "tagg = 1",
            "there is no column 'tagg'; did you mean 'Tag'? (line 1, column 1)",
        ),
        (
            "1 = PRICE",
            "'PRICE' fits several columns: 'Price', 'price'; write one as it is spelled (line 1, column 5)",
        ),
        ("Tag =", "Expected: an expression, found: EOF (line 1, column 6)"),
        ("Tag = 1 x", "Expected: end of expression, found: x (line 1, column 9)"),
    ] {
        let found = match names::expression(&state, sql, plan.schema()) {
            Ok(expr) => expr.to_string(),
            Err(error) => error.message().to_owned(),
        };
        cases.push((sql, found, said));
    }
    assert_same(&cases);
    let columns = |typed: &str| names::columns(plan.schema(), &[typed.to_owned()]);
    assert_eq!(columns("TAG").unwrap()[0].to_string(), "twins.Tag");
    let unknown = columns("tagg").unwrap_err();
    assert_eq!(unknown.message(), "there is no column 'tagg'; did you mean 'Tag'?");
}
