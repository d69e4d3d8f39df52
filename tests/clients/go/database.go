package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/apache/arrow-adbc/go/adbc"
	driver "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
	"github.com/apache/arrow-adbc/go/adbc/sqldriver"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// The driver behind Go's own database/sql, as most programs in Go use it.
func init() {
	sql.Register("flightsql", sqldriver.Driver{Driver: driver.NewDriver(memory.DefaultAllocator)})
	reads("database_sql_queries", databaseQueries)
	reads("database_sql_parameters", databaseParameters)
	reads("database_sql_cancel", databaseCancel)
	writes("database_sql_changes", databaseChanges)
}

// database uses a pool of connections.
func database(url string, use func(*sql.DB)) {
	pool := must(sql.Open("flightsql", adbc.OptionKeyURI+"="+url))
	defer pool.Close()
	use(pool)
}

func databaseQueries(t target) {
	database(t.reading, func(pool *sql.DB) {
		need(pool.Ping())
		var count int64
		need(pool.QueryRow("SELECT count(*) FROM trips").Scan(&count))
		same("count", count, int64(240))
		var word string
		var day time.Time
		var flag bool
		var number float64
		var nothing sql.NullString
		row := pool.QueryRow("SELECT 'naïve 🚲', DATE '2024-02-29', true, 0.5, CAST(NULL AS VARCHAR)")
		need(row.Scan(&word, &day, &flag, &number, &nothing))
		same("values", []any{word, day.Format(time.DateOnly), flag, number, nothing.Valid},
			[]any{"naïve 🚲", "2024-02-29", true, 0.5, false})
		rows := must(pool.Query("SELECT trip_id, started_at FROM trips ORDER BY trip_id"))
		defer rows.Close()
		same("columns", must(rows.Columns()), []string{"trip_id", "started_at"})
		that(rows.Next(), "no rows")
		var started time.Time
		need(rows.Scan(&count, &started))
		same("trip", []any{count, started.UTC().Format(time.RFC3339)}, []any{int64(1001), "2025-05-01T06:12:19Z"})
	})
}

func databaseParameters(t target) {
	database(t.reading, func(pool *sql.DB) {
		var count int64
		// The driver binds values to prepared statements only.
		counted := must(pool.Prepare("SELECT count(*) FROM trips WHERE from_station = ? AND trip_id <= ?"))
		defer counted.Close()
		need(counted.QueryRow("ATH-1", int64(1001)).Scan(&count))
		same("count", count, int64(1))
		for trip, station := range map[int64]string{1001: "ATH-1", 1002: "MUC-2", 1003: "PUS-2"} {
			// The driver closes a statement with the rows of its first query.
			statement := must(pool.Prepare("SELECT from_station FROM trips WHERE trip_id = ?"))
			var found string
			need(statement.QueryRow(trip).Scan(&found))
			same("station", found, station)
		}
	})
}

func databaseCancel(t target) {
	database(t.reading, func(pool *sql.DB) {
		ctx, cancel := context.WithTimeout(background, 500*time.Millisecond)
		defer cancel()
		soon("the end", 10*time.Second, func() {
			var count int64
			err := pool.QueryRowContext(ctx, "SELECT count(*) FROM "+huge+" WHERE a.fare + d.fare > 0").Scan(&count)
			that(err != nil, "it was not cancelled")
		})
		need(pool.Ping())
	})
}

func databaseChanges(t target) {
	database(t.writable, func(pool *sql.DB) {
		must(pool.Exec("DROP TABLE IF EXISTS g_database"))
		must(pool.Exec("CREATE TABLE g_database (a BIGINT, b VARCHAR)"))
		inserted := must(pool.Exec("INSERT INTO g_database VALUES (?, ?)", int64(1), "x"))
		same("count", must(inserted.RowsAffected()), int64(1))
		statement := must(pool.Prepare("INSERT INTO g_database VALUES (?, ?)"))
		defer statement.Close()
		for n := range int64(3) {
			must(statement.Exec(n, "y"))
		}
		var count, sum int64
		need(pool.QueryRow("SELECT count(*), sum(a) FROM g_database").Scan(&count, &sum))
		same("rows", []int64{count, sum}, []int64{4, 4})
		must(pool.Exec("DROP TABLE g_database"))
	})
}
