package main

import (
	"fmt"
	"sync"

	"github.com/apache/arrow-adbc/go/adbc"
	driver "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
	"github.com/apache/arrow-go/v18/arrow"
)

// Queries: F1 and F2 for an open server, F9, F11 to F27.
func init() {
	reads("f1_connect", func(t target) { t.read(func(connection) {}) })
	reads("f2_any_user_on_an_open_server", anyUser)
	reads("f9_headers", headers)
	reads("f11_query", query)
	reads("f12_prepared_and_not", preparedAndNot)
	reads("f14_every_type", everyType)
	reads("f14_schemas_agree", schemasAgree)
	reads("f16_no_rows", noRows)
	reads("f17_errors", queryErrors)
	reads("f18_late_error", lateError)
	reads("f20_large_result", largeResult)
	reads("f23_semicolons", semicolons)
	reads("f25_threads", threads)
	reads("f27_explain_and_show", explainAndShow)
}

func anyUser(t target) {
	for _, more := range []options{
		{adbc.OptionKeyUsername: "ada", adbc.OptionKeyPassword: "love:lace"},
		{driver.OptionAuthorizationHeader: "Basic YWRhOmxvdmVsYWNl"},
		{driver.OptionAuthorizationHeader: "Bearer anything"},
	} {
		connect(t.reading, more, func(c connection) { same("one", c.value("SELECT 1"), "1") })
	}
}

func headers(t target) {
	more := options{driver.OptionRPCCallHeaderPrefix + "x-colour": "blue", driver.OptionCookieMiddleware: "true"}
	connect(t.reading, more, func(c connection) { same("one", c.value("SELECT 1"), "1") })
}

func query(t target) {
	t.read(func(c connection) {
		rows := c.rows("SELECT trip_id, from_station, fare, remark FROM trips ORDER BY trip_id LIMIT 2")
		same("rows", rows, [][]string{{"1001", "ATH-1", "3.13", "(null)"}, {"1002", "MUC-2", "4.87", "(null)"}})
		same("count", c.value("SELECT count(*) FROM trips"), "240")
		same("text", c.value(`SELECT local_name FROM "Cities-2025" WHERE city_id = 'ATH'`), "Αθήνα")
		same("a saved query", len(c.rows("SELECT * FROM busiest_routes")), 20)
	})
}

func preparedAndNot(t target) {
	t.read(func(c connection) {
		c.statement("SELECT sum(quantity) AS total FROM sales.\"2024\"", func(statement adbc.Statement) {
			direct := executed(statement)
			need(statement.Prepare(background))
			same("prepared", executed(statement), direct)
			same("again", executed(statement), direct)
		})
	})
}

func everyType(t target) {
	t.read(func(c connection) {
		rows := c.rows("SELECT * EXCLUDE (long_text) FROM messy.types ORDER BY int8 NULLS LAST")
		same("rows", len(rows), 3)
		same("smallest", rows[0][:8], []string{
			"-128", "-32768", "-2147483648", "-9223372036854775808", "0", "0", "0", "0"})
		same("largest", rows[1][:8], []string{
			"127", "32767", "2147483647", "9223372036854775807", "255", "65535", "4294967295", "18446744073709551615"})
		same("others", rows[0][8:], []string{"0.5", "0.25", "0.1", "12345678.9", "2024-02-29",
			"2024-02-29T12:30:00.123456", "2024-02-29T12:30:00.123456789Z", "23:59:59.999999", "naïve 🚲", "AP8Q",
			"true", "[1,null,3]", `{"x":1.5,"y":"north"}`, "red"})
		for _, value := range rows[2] {
			same("null", value, "(null)")
		}
	})
}

// schemasAgree compares the schema of the statement, without running it, with that of its stream.
func schemasAgree(t target) {
	t.read(func(c connection) {
		for _, sql := range []string{
			"SELECT * FROM messy.types", "SELECT count(*), upper(from_station) FROM trips GROUP BY 2",
			"SELECT NULL AS nothing", "SHOW TABLES", "EXPLAIN SELECT 1"} {
			for _, prepared := range []bool{false, true} {
				c.statement(sql, func(statement adbc.Statement) {
					if prepared {
						need(statement.Prepare(background))
					}
					planned := must(statement.(adbc.StatementExecuteSchema).ExecuteSchema(background))
					reader, _, err := statement.ExecuteQuery(background)
					need(err)
					defer reader.Release()
					that(reader.Schema().Equal(planned), "%s: %s, planned %s", sql, reader.Schema(), planned)
				})
			}
		}
	})
}

func noRows(t target) {
	t.read(func(c connection) {
		for _, sql := range []string{"SELECT * FROM trips WHERE false", `SELECT * FROM messy."header-only"`} {
			c.statement(sql, func(statement adbc.Statement) {
				reader, _, err := statement.ExecuteQuery(background)
				need(err)
				that(reader.Schema().NumFields() >= 3, "%s: %s", sql, reader.Schema())
				same(sql, all(reader), [][]string{})
			})
		}
	})
}

func queryErrors(t target) {
	t.read(func(c connection) {
		fails("syntax", c.try("SELEC 1"), adbc.StatusInvalidArgument, "SELEC")
		fails("column", c.try("SELECT nothing FROM trips"), adbc.StatusInvalidArgument, "nothing")
		fails("two", c.try("SELECT 1; SELECT 2"), adbc.StatusInvalidArgument)
		err := c.try("SELECT * FROM nowhere")
		that(err != nil, "no error about a table that is not there")
		c.statement("SELECT nothing FROM trips", func(statement adbc.Statement) {
			fails("prepare", statement.Prepare(background), adbc.StatusInvalidArgument, "nothing")
		})
		same("afterwards", c.value("SELECT 1"), "1")
	})
}

func lateError(t target) {
	t.read(func(c connection) {
		err := c.try("SELECT 1 / (a.trip_id * 1000000 + b.trip_id - 1240001240) FROM trips AS a CROSS JOIN trips AS b")
		fails("division", err, adbc.StatusInvalidArgument, "zero")
	})
}

func largeResult(t target) {
	t.read(func(c connection) {
		c.statement("SELECT a.trip_id FROM trips AS a CROSS JOIN trips AS b CROSS JOIN (SELECT * FROM trips LIMIT 6)",
			func(statement adbc.Statement) {
				reader, _, err := statement.ExecuteQuery(background)
				need(err)
				defer reader.Release()
				rows := int64(0)
				for reader.Next() {
					rows += reader.RecordBatch().NumRows()
				}
				need(reader.Err())
				same("rows", rows, int64(240*240*6))
			})
	})
}

func semicolons(t target) {
	t.read(func(c connection) {
		same("semicolons", c.value("SELECT 1;;;"), "1")
		same("script", c.value("SELECT '大阪 🚲'"), "大阪 🚲")
	})
}

func threads(t target) {
	t.read(func(c connection) {
		var all sync.WaitGroup
		failures := make(chan any, 8)
		for n := range 8 {
			all.Go(func() {
				defer func() { failures <- recover() }()
				for range 5 {
					sql := fmt.Sprintf("SELECT count(*) + %d FROM trips WHERE trip_id %% 8 = %d", n, n)
					same(sql, c.value(sql), fmt.Sprint(30+n))
				}
			})
		}
		all.Wait()
		for range 8 {
			same("failure", <-failures, nil)
		}
	})
}

func explainAndShow(t target) {
	t.read(func(c connection) {
		for _, sql := range []string{"EXPLAIN SELECT 1", "SHOW TABLES", "SHOW COLUMNS FROM trips", "DESCRIBE trips",
			"SELECT * FROM information_schema.columns WHERE table_name = 'trips'"} {
			that(len(c.rows(sql)) > 0, "no rows: %s", sql)
		}
		c.statement("SELECT trip_id FROM trips", func(statement adbc.Statement) {
			schema := must(statement.(adbc.StatementExecuteSchema).ExecuteSchema(background))
			same("type", schema.Field(0).Type.ID(), arrow.INT64)
		})
	})
}
